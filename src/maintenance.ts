/** `berth db`: the database itself, past the API. */
import { existsSync, rmSync } from 'node:fs'
import type { CopiedDatabase, DatabaseBackup, DatabaseProblem, DatabaseVersion } from './cli/ports.ts'
import { checkDatabase } from './database/check.ts'
import { SCHEMA_VERSION } from './database/migrate.ts'
import { type Database, openDatabase } from './database/open.ts'
import { BerthError, Conflict, InvalidInput } from './model/errors.ts'

/** Where the database is and the schema that it has now. */
export async function migrateDatabase(url: string): Promise<DatabaseVersion> {
  const database = await openDatabase(url, { migrate: true })
  try {
    return { location: database.location, schemaVersion: SCHEMA_VERSION }
  } finally {
    await database.close()
  }
}

/** Each broken invariant; none = sound. */
export async function checkDatabaseFile(url: string): Promise<readonly DatabaseProblem[]> {
  const database = await openDatabase(url, { migrate: false })
  try {
    return await database.read((q) => checkDatabase(q))
  } finally {
    await database.close()
  }
}

/**
 * The database into a file, while whoever uses it goes on. Its invariants are verified on the copy, which is kept where one is broken; one of
 * another schema is verified by its pages alone. InvalidInput `backup-postgres`; and what backupSqlite throws.
 */
export async function backupDatabase(
  url: string,
  file: string,
  options: { readonly overwrite: boolean },
): Promise<DatabaseBackup> {
  if (url.includes('://'))
    throw new InvalidInput(
      'backup-postgres',
      'PostgreSQL makes its own backups of a running database, which can be restored to any moment: use `pg_dump --format=custom` (or its continuous archiving)',
    )
  const { backupSqlite } = await import('./database/backup.ts')
  let problems: readonly DatabaseProblem[] | null = null
  const verify = async (copy: string): Promise<void> => {
    problems = await problemsOf(copy)
  }
  const copied = await backupSqlite(url, file, { ...options, verify })
  return { location: url, ...copied, problems }
}

/** Null = this program does not know the schema. */
async function problemsOf(file: string): Promise<readonly DatabaseProblem[] | null> {
  try {
    return await checkDatabaseFile(file)
  } catch (error) {
    if (error instanceof BerthError && /^schema-(older|newer)$/.test(error.code)) return null
    throw error
  }
}

/**
 * All of `from` into `to`, which is empty or does not exist. Conflict `database-served` while a serve works on `from`, unless `served` says
 * that this is meant; and what copyDatabase throws. No row is left in `to` where it failed.
 */
export async function copyWholeDatabase(
  from: string,
  to: string,
  options: { readonly served: boolean },
): Promise<CopiedDatabase> {
  const { copyDatabase } = await import('./database/copy.ts')
  const source = await openDatabase(from, { migrate: false })
  try {
    if (!options.served) await requireUnserved(source)
    const isNew = !to.includes('://') && !existsSync(to)
    try {
      const target = await openEmpty(to)
      try {
        const rows = await copyDatabase(source, target)
        return { from: source.location, to: target.location, cluster: source.cluster, rows }
      } finally {
        await target.close()
      }
    } catch (error) {
      if (isNew) for (const part of ['', '-wal', '-shm']) rmSync(`${to}${part}`, { force: true })
      throw error
    }
  } finally {
    await source.close()
  }
}

/** The schema is made where there is none; an older one with rows in it is not what is meant, and stays as it is. */
async function openEmpty(url: string): Promise<Database> {
  try {
    return await openDatabase(url, { migrate: false })
  } catch (error) {
    const isNew =
      error instanceof BerthError &&
      (error.code === 'database-missing' || (error.code === 'schema-older' && error.facts.found === 0))
    if (!isNew) throw error
    return openDatabase(url, { migrate: true })
  }
}

async function requireUnserved(database: Database): Promise<void> {
  const { findLease } = await import('./database/leases.ts')
  const { SERVE_LEASE } = await import('./controller/serve.ts')
  const lease = await findLease(database.kysely, SERVE_LEASE, Date.now())
  if (lease === null) return
  throw new Conflict(
    'database-served',
    `a serve (${lease.holder}) works on ${database.location}: what it does from now on would be in one of the two only. Stop it first (one that was killed counts for 15 s), or say --force for a copy that nobody goes on with`,
    { location: database.location, holder: lease.holder },
  )
}
