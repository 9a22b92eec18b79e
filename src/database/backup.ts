/** `berth db backup`: a SQLite file copied whole while programs work on it, verified, and put in place at once or not at all. */
import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { CommandFailed, Conflict, InvalidInput } from '../model/errors.ts'
import { sqliteFailure } from './failure.ts'

export interface Copied {
  readonly file: string
  readonly bytes: number
}

/**
 * The database of `path` as it is now, into `file`, readable for its owner alone (it has hashes of tokens). `verify` is given the copy before it is
 * put in place; what it throws leaves nothing behind. Conflict `file-exists` unless `overwrite`; NotFound `database-missing`; InvalidInput
 * `database-unwritable`, `database-corrupt`; CommandFailed `backup-damaged`, `database-io`.
 */
export async function backupSqlite(
  path: string,
  file: string,
  options: { readonly overwrite: boolean; readonly verify: (copy: string) => Promise<void> },
): Promise<Copied> {
  requireFree(path, file, options.overwrite)
  const copy = `${file}.${randomUUID()}.partial`
  try {
    await createPrivate(copy)
    await copyPages(path, copy)
    requireUndamaged(copy)
    await options.verify(copy)
    intoOneFile(copy)
    await sync(copy)
    await rename(copy, file)
    await sync(dirname(file))
    return { file, bytes: statSync(file).size }
  } finally {
    for (const left of ['', '-wal', '-shm', '-journal']) await rm(`${copy}${left}`, { force: true })
  }
}

function requireFree(path: string, file: string, overwrite: boolean): void {
  if (!existsSync(file)) return
  const { dev, ino } = statSync(file)
  const isSame = existsSync(path) && statSync(path).ino === ino && statSync(path).dev === dev
  if (isSame || !statSync(file).isFile())
    throw new InvalidInput('backup-target', `${file} cannot be a backup of ${path}: name another file`, {
      file,
    })
  if (!overwrite) throw new Conflict('file-exists', `${file} exists already; --force overwrites it`, { file })
}

async function createPrivate(file: string): Promise<void> {
  try {
    await (await open(file, 'wx', 0o600)).close()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new InvalidInput('database-unwritable', `${file} cannot be written: ${why}`, { path: file }, error)
  }
}

/** Within one read: what others write meanwhile neither waits for the copy nor lets it begin anew. */
async function copyPages(path: string, copy: string): Promise<void> {
  try {
    const source = new Sqlite(path, { fileMustExist: true, timeout: 30_000 })
    try {
      source.exec('begin')
      source.prepare('select count(*) from sqlite_master').get()
      await source.backup(copy)
      source.exec('rollback')
    } finally {
      source.close()
    }
  } catch (error) {
    throw sqliteFailure(path, error)
  }
}

/** SQLite's own check of every page: what it finds comes from the source. */
function requireUndamaged(copy: string): void {
  const found = within(copy, (db) => db.pragma('integrity_check(1)', { simple: true }))
  if (found !== 'ok')
    throw new CommandFailed('backup-damaged', `the database is damaged, and so would be its copy: ${found}`)
}

/** Who opens it next makes a write-ahead log again. */
function intoOneFile(copy: string): void {
  within(copy, (db) => db.pragma('journal_mode = delete'))
}

function within<T>(copy: string, work: (db: Sqlite.Database) => T): T {
  const db = new Sqlite(copy)
  try {
    return work(db)
  } catch (error) {
    throw sqliteFailure(copy, error)
  } finally {
    db.close()
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
