/** SQLite behind Kysely: one connection, prepared statements kept, writers that wait without blocking the program. */
import Sqlite from 'better-sqlite3'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type TransactionSettings,
} from 'kysely'
import { isBusy, sqliteFailure } from './failure.ts'
import type { Queries } from './tables.ts'

/** How long a writer waits for another process's transaction before it gives up. */
const BUSY_LIMIT_MS = 30_000
/** SQLite's own wait blocks the whole program, so it is short; the rest of the waiting is ours. */
const BUSY_BLOCK_MS = 20
const STATEMENTS_KEPT = 512

/**
 * Opens the file (`:memory:` = none) with `synchronous=FULL` and foreign keys. `create` false: a missing file is
 * an error. Throws database-missing, database-unwritable, database-corrupt.
 */
export function openSqlite(path: string, create: boolean): Dialect {
  try {
    const db = new Sqlite(path, { fileMustExist: !create, timeout: 5000 })
    try {
      db.pragma('synchronous = FULL')
      db.pragma('foreign_keys = ON')
      db.pragma(`busy_timeout = ${BUSY_BLOCK_MS}`)
    } catch (error) {
      db.close()
      throw error
    }
    return sqliteDialect(path, db)
  } catch (error) {
    throw sqliteFailure(path, error)
  }
}

/** Readers and the writer do not wait for each other. It stays in the file, so only a file that is ours is asked. */
export async function useWriteAheadLog(q: Queries): Promise<void> {
  await sql`pragma journal_mode = WAL`.execute(q)
}

function sqliteDialect(path: string, db: Sqlite.Database): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SingleConnectionDriver(path, db),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** One connection, lent to one asker after the other. */
class SingleConnectionDriver implements Driver {
  readonly #db: Sqlite.Database
  readonly #connection: SqliteConnection
  /** Resolves when the last one in the queue has given the connection back. */
  #queue: Promise<void> = Promise.resolve()
  #giveBack: () => void = () => undefined

  constructor(path: string, db: Sqlite.Database) {
    this.#db = db
    this.#connection = new SqliteConnection(path, db)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#queue
    let giveBack: () => void = () => undefined
    this.#queue = new Promise((resolve) => {
      giveBack = resolve
    })
    await before
    this.#giveBack = giveBack
    return this.#connection
  }

  async releaseConnection(): Promise<void> {
    this.#giveBack()
  }

  /** A reader sees one snapshot; a writer takes the lock at once, so that it never fails half-way as busy. */
  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const readOnly = settings.accessMode === 'read only'
    await connection.executeQuery(CompiledQuery.raw(readOnly ? 'begin' : 'begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite rolls back by itself on some errors (disk full, I/O).
    if (this.#db.inTransaction) await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  async destroy(): Promise<void> {
    this.#db.close()
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #path: string
  readonly #db: Sqlite.Database
  readonly #statements = new Map<string, Sqlite.Statement>()

  constructor(path: string, db: Sqlite.Database) {
    this.#path = path
    this.#db = db
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const deadline = Date.now() + BUSY_LIMIT_MS
    for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
      try {
        return this.#run<Row>(query)
      } catch (error) {
        // Once a transaction holds the lock nothing in it is busy; outside of one a statement can just run again.
        if (!isBusy(error) || Date.now() > deadline) throw sqliteFailure(this.#path, error)
      }
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())))
    }
  }

  #run<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    const statement = this.#prepare(sql)
    if (statement.reader) return { rows: statement.all(parameters) as Row[] }
    const { changes } = statement.run(parameters)
    return { rows: [], numAffectedRows: BigInt(changes) }
  }

  #prepare(sql: string): Sqlite.Statement {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#db.prepare(sql)
    if (this.#statements.size >= STATEMENTS_KEPT) {
      const [oldest] = this.#statements.keys()
      if (oldest !== undefined) this.#statements.delete(oldest)
    }
    this.#statements.set(sql, statement)
    return statement
  }

  // biome-ignore lint/correctness/useYield: the interface asks for it, and nothing here streams
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('streaming is not supported')
  }
}
