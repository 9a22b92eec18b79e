/** One agent program for each state: the kernel holds the lock, so that it is gone with the process, however that ended. */
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Conflict } from '../../model/errors.ts'

/** Beside the memory, so that the memory itself can be looked at while an agent runs. */
const LOCK_FILE = 'agent.lock'
/** Who only looks whether somebody holds it does so for less. */
const PATIENCE_MS = 500

/** Gives how to let go of it. Conflict `agent-running` where another process holds it. */
export function holdState(dir: string): () => void {
  const release = tryHold(dir, PATIENCE_MS)
  if (release !== null) return release
  throw new Conflict(
    'agent-running',
    `an agent runs with the state in ${dir} already; one is enough for a host (systemctl stop berth-agent, or another --state)`,
    { state: dir },
  )
}

export function isHeld(dir: string): boolean {
  const release = tryHold(dir, 0)
  release?.()
  return release === null
}

function tryHold(dir: string, patience: number): (() => void) | null {
  const db = new Sqlite(join(dir, LOCK_FILE), { timeout: patience })
  try {
    // An exclusive transaction that never ends: a lock of the file in the kernel.
    db.exec('begin exclusive')
    return () => void db.close()
  } catch (error) {
    db.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
}
