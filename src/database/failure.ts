/** What a database engine says when something is wrong, turned into Berth's errors with a remedy. */
import { type BerthError, CommandFailed, Conflict, InvalidInput, NotFound } from '../model/errors.ts'

/** The engine's own code: `SQLITE_BUSY`, `40001`; null = not an engine's error. */
export function engineCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

export function isBusy(error: unknown): boolean {
  const code = engineCode(error)
  return code !== null && (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
}

/** Another transaction was there first; the same work may succeed when run again (PostgreSQL, appendix A: class 40). */
export function isSerializationFailure(error: unknown): boolean {
  const code = engineCode(error)
  return code === '40001' || code === '40P01'
}

/** A row breaks a constraint: unique, primary key, foreign key or check, in either engine's words. */
export function isConstraintViolation(error: unknown): boolean {
  const code = engineCode(error)
  return code !== null && (code.startsWith('SQLITE_CONSTRAINT') || code.startsWith('23'))
}

/** A second row with the same key. */
export function isDuplicate(error: unknown): boolean {
  const code = engineCode(error)
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY'
}

/** Gives `error` back where it is none of the file's troubles. */
export function sqliteFailure(path: string, error: unknown): unknown {
  const code = engineCode(error)
  const facts = { path, engine: code }
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT'))
    return new InvalidInput(
      'database-corrupt',
      `${path} is damaged or is not an SQLite database; nothing was changed. Restore it from a backup, or name another file with --db`,
      facts,
      error,
    )
  if (code === 'SQLITE_CANTOPEN') return cannotOpen(path, facts, error)
  if (code?.startsWith('SQLITE_READONLY')) return unwritable(path, facts, error)
  if (code?.startsWith('SQLITE_FULL') || code?.startsWith('SQLITE_IOERR'))
    return new CommandFailed('database-io', `${path} cannot be written: ${text(error)}`, facts, error)
  if (isBusy(error))
    return new Conflict(
      'database-busy',
      `${path} has been locked by another process for too long; try again`,
      facts,
      error,
    )
  if (error instanceof TypeError && /directory does not exist/.test(error.message))
    return unwritable(path, facts, error)
  return error
}

const cannotOpen = (path: string, facts: Record<string, unknown>, error: unknown): BerthError =>
  text(error).includes('unable to open database file')
    ? new NotFound(
        'database-missing',
        `${path} does not exist or cannot be opened; \`berth db migrate --db ${path}\` creates it in a folder that can be written`,
        facts,
        error,
      )
    : unwritable(path, facts, error)

const unwritable = (path: string, facts: Record<string, unknown>, error: unknown): BerthError =>
  new InvalidInput(
    'database-unwritable',
    `${path} cannot be written: ${text(error)}; its folder must exist and be writable`,
    facts,
    error,
  )

export function postgresFailure(url: string, error: unknown): BerthError {
  const address = withoutPassword(url)
  return new CommandFailed(
    'database-unreachable',
    `cannot connect to ${address}: ${text(error)}`,
    { url: address, engine: engineCode(error) },
    error,
  )
}

export function withoutPassword(url: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^:@/]*):[^@]*@/, '$1:***@')
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))
