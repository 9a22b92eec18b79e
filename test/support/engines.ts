/** Every engine that the database runs on, for suites that must hold on each of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from './postgres.ts'

export interface Engine {
  /** A title; where it does not start here it says why. */
  readonly engine: string
  readonly skip: boolean
  /** An empty database's URL; what the one before held may be gone. */
  fresh(): Promise<string>
}

/** Call it at a test file's top level, and `stop` after all. */
export async function startEngines(): Promise<{
  readonly engines: readonly Engine[]
  stop(): Promise<void>
}> {
  const postgres = await startPostgres()
  const folder = mkdtempSync(join(tmpdir(), 'berth-engines-'))
  let files = 0
  const engines = [
    { engine: 'SQLite', skip: false, fresh: async () => join(folder, `${++files}.db`) },
    {
      engine: postgres.server
        ? 'PostgreSQL'
        : `PostgreSQL (skipped, it does not start here: ${postgres.why})`,
      skip: postgres.server === null,
      fresh: async () => (await postgres.server?.emptied()) ?? '',
    },
  ]
  const stop = async () => {
    await postgres.server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { engines, stop }
}
