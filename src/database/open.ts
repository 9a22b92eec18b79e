/** Opens the database, whichever it is, and hands out transactions: everything outside this folder knows no engine. */
import { type Dialect, Kysely } from 'kysely'
import { Conflict } from '../model/errors.ts'
import { isSerializationFailure, withoutPassword } from './failure.ts'
import { groupCommits } from './group-commit.ts'
import { prepareSchema } from './migrate.ts'
import type { Queries, Tables, Tx } from './tables.ts'

export type DatabaseKind = 'sqlite' | 'postgres'

export interface Database {
  /** For single statements. Inside `transaction` and `read` use what they hand over: SQLite has one connection. */
  readonly kysely: Queries
  readonly dialect: DatabaseKind
  /** The file's path or the URL without its password: for messages. */
  readonly location: string
  /** Made at the first migration: identifies this database in domain metadata. */
  readonly cluster: string
  /**
   * All of `work` or none of it, as if alone (SERIALIZABLE; BEGIN IMMEDIATE on SQLite). Runs `work` again when
   * another transaction was there first, so it must do nothing but queries. Throws what `work` throws, and
   * Conflict `database-busy` when it was never its turn.
   */
  transaction<T>(work: (q: Tx) => Promise<T>): Promise<T>
  /** Several queries that see one state of the database; writes in it are refused (PostgreSQL) or a defect. */
  read<T>(work: (q: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const ATTEMPTS = 40

/**
 * `url`: a file's path, `:memory:`, or `postgres://...`. With `migrate` the schema is created or brought forward;
 * without it a missing file is `database-missing`, an older schema `schema-older`. Throws `schema-newer`,
 * `database-corrupt`, `database-foreign`, `database-unwritable`, `database-unreachable`.
 */
export async function openDatabase(url: string, options: { readonly migrate: boolean }): Promise<Database> {
  const dialect = /^postgres(ql)?:\/\//.test(url) ? 'postgres' : 'sqlite'
  const location = withoutPassword(url)
  const kysely = new Kysely<Tables>({ dialect: await engine(dialect, url, options.migrate) })
  try {
    const cluster = await prepareSchema(kysely, dialect, location, options.migrate)
    if (dialect === 'sqlite') await (await import('./sqlite.ts')).useWriteAheadLog(kysely)
    const inTurn = groupCommits(kysely)
    return {
      kysely,
      dialect,
      location,
      cluster,
      transaction: (work) => (dialect === 'sqlite' ? inTurn(work) : transaction(kysely, location, work)),
      read: (work) =>
        kysely.transaction().setAccessMode('read only').setIsolationLevel('repeatable read').execute(work),
      close: () => kysely.destroy(),
    }
  } catch (error) {
    await kysely.destroy()
    throw error
  }
}

/** Loaded when needed: neither engine pays for the other's start. */
async function engine(kind: DatabaseKind, url: string, create: boolean): Promise<Dialect> {
  if (kind === 'postgres') return (await import('./postgres.ts')).openPostgres(url)
  return (await import('./sqlite.ts')).openSqlite(url, create)
}

async function transaction<T>(kysely: Queries, location: string, work: (q: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await kysely.transaction().setIsolationLevel('serializable').execute(work)
    } catch (error) {
      if (!isSerializationFailure(error)) throw error
      if (attempt >= ATTEMPTS)
        throw new Conflict(
          'database-busy',
          `${location}: other writers were always first; try again`,
          {},
          error,
        )
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** attempt, 200)))
  }
}
