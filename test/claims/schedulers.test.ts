/** Several schedulers, each its own process, on one database: all VMs are placed, and no device is given twice. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { listVms } from '../../src/database/vms.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import { startPostgres } from '../support/postgres.ts'
import { report, reported } from '../support/reports.ts'

const SCHEDULERS = 3
const HOSTS = 3
const DEVICES = 20

const root = resolve(import.meta.dirname, '../..')
const postgres = await startPostgres()
// Below the packages, so that the program finds the native one.
const folder = mkdtempSync(join(root, 'node_modules', '.schedulers-'))
const program = join(folder, 'scheduler.mjs')
const database = mkdtempSync(join(tmpdir(), 'berth-schedulers-'))

beforeAll(async () => {
  const banner = { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" }
  await build({
    entryPoints: [join(root, 'test/support/scheduler-program.ts')],
    ...{ bundle: true, platform: 'node', target: 'node20.19', format: 'esm', outfile: program, banner },
    ...{ external: ['better-sqlite3', 'pg', 'pg-native'], logLevel: 'warning' },
  })
})
afterAll(async () => {
  await postgres.server?.stop()
  for (const made of [folder, database]) rmSync(made, { recursive: true, force: true })
})

async function prepare(db: Database): Promise<void> {
  for (let n = 0; n < HOSTS; n++) {
    const facts = { cluster: 'default', driver: 'simulator', uri: `/${n}`, enabled: true } as const
    const { id } = await addHost(db, { name: `h${n}`, ...facts, filter: null, attributes: {} })
    const devices = Array.from({ length: DEVICES }, (_, slot) =>
      reported(`0000:${(slot + 16).toString(16)}:00.0`, { iommuGroup: slot }),
    )
    await ingestReport(db, id, report(devices), 1)
  }
  for (let n = 0; n < HOSTS * DEVICES; n++)
    await createVm(db, 'MEMORY = 64\nPCI = [ VENDOR = "10de" ]', {}, 1)
}

async function race(url: string): Promise<void> {
  const db = await openDatabase(url, { migrate: true })
  await prepare(db)
  const outputs = await Promise.all(
    Array.from({ length: SCHEDULERS }, (_, n) =>
      promisify(execFile)(process.execPath, [program, url, String(n)]),
    ),
  )
  const told = outputs.map(({ stdout }) => JSON.parse(stdout) as { committed: number })
  expect(told.reduce((sum, { committed }) => sum + committed, 0)).toBe(HOSTS * DEVICES)
  expect(await listVms(db.kysely, { states: ['PENDING'] })).toEqual([])
  const claims = await listClaims(db.kysely)
  expect(new Set(claims.map(({ host, address }) => `${host} ${address}`)).size).toBe(HOSTS * DEVICES)
  expect(new Set(claims.map(({ vm }) => vm)).size).toBe(HOSTS * DEVICES)
  expect(await db.read(checkDatabase)).toEqual([])
  await db.close()
}

test('on an SQLite file', { timeout: 120_000 }, () => race(join(database, 'berth.db')))

describe.skipIf(postgres.server === null)(
  postgres.server ? 'PostgreSQL' : `PostgreSQL (skipped, it does not start here: ${postgres.why})`,
  () => {
    test('on PostgreSQL', { timeout: 120_000 }, async () => race((await postgres.server?.fresh()) ?? ''))
  },
)
