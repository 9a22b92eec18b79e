/** How fast placements are committed on SQLite (synchronous=FULL): in cycle-sized plans, and one by one. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import Sqlite from 'better-sqlite3'
import { build } from 'esbuild'

const HOSTS = 1000
const DEVICES = 40
const PLANNED = 10_000
const SINGLE = 300
const GOAL = 5000

const root = resolve(import.meta.dirname, '..')
// Not the system's temporary folder: that may be memory, where nothing has to reach a disk.
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'bench-claims-'))

try {
  const berth = await load()
  const file = join(folder, 'berth.db')
  const db = await berth.openDatabase(file, { migrate: true })
  await fill(db, berth)
  const basis = await db.read((q) => berth.readSnapshot(q, { policy: 'pack', now: 1, stateOf: () => 'on' }))
  const planned = basis.snapshot.vms.slice(0, PLANNED).map(({ id }, n) => placement(id, n))
  const inPlans = await rate(planned.length, () => berth.commitPlan(db, planned, basis, 2))
  const singles = basis.snapshot.vms.slice(PLANNED).map(({ id }, n) => placement(id, PLANNED + n))
  const oneByOne = await rate(singles.length, async () => {
    // Each expects the generation that the one before left.
    const generations = new Map(basis.generations)
    for (const { host } of planned.slice(0, HOSTS)) generations.set(host, (generations.get(host) ?? 0) + 1)
    for (const single of singles) {
      const { conflicted } = await berth.commitPlan(db, [single], { ...basis, generations }, 3)
      if (conflicted.length > 0) throw new Error('a placement conflicted')
      generations.set(single.host, (generations.get(single.host) ?? 0) + 1)
    }
  })
  const { n } = await db.kysely
    .selectFrom('claims')
    .select((row) => row.fn.countAll().as('n'))
    .executeTakeFirstOrThrow()
  if (n !== PLANNED + SINGLE) throw new Error(`${n} claims, expected ${PLANNED + SINGLE}`)
  await db.close()
  const commits = rawCommits(join(folder, 'raw.db'))
  console.log(
    `claims: ${inPlans} placements/s in one plan of ${PLANNED} (goal ${GOAL}), ${oneByOne}/s one by one`,
  )
  console.log(`        baseline: ${commits} bare one-row commits/s on the same disk`)
  if (inPlans < GOAL) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** What is measured, bundled from the sources as the program is. */
async function load() {
  const outfile = join(folder, 'berth.mjs')
  const contents = [
    `export { openDatabase } from './src/database/open.ts'`,
    `export { insertHost } from './src/database/hosts.ts'`,
    `export { insertVm } from './src/database/vms.ts'`,
    `export { insertDevices } from './src/database/devices.ts'`,
    `export { readSnapshot } from './src/inventory/snapshot.ts'`,
    `export { commitPlan } from './src/claims/commit.ts'`,
  ].join('\n')
  const banner = { js: `import{createRequire as r}from'node:module';const require=r(import.meta.url);` }
  await build({
    ...{
      stdin: { contents, resolveDir: root },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
      banner,
    },
    ...{ target: 'node20.19', external: ['better-sqlite3', 'pg', 'pg-native'], logLevel: 'warning' },
  })
  return import(pathToFileURL(outfile).href)
}

async function fill(db, berth) {
  const template = 'CPU = 1\nMEMORY = 1024\nPCI = [ VENDOR = "10de", DEVICE = "20b0" ]'
  await db.transaction(async (q) => {
    for (let host = 1; host <= HOSTS; host++) {
      const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true, filter: null }
      const id = await berth.insertHost(q, { name: `h${host}`, ...facts, attributes: {} })
      await berth.insertDevices(
        q,
        Array.from({ length: DEVICES }, (_, n) => device(id, n)),
      )
    }
    const vm = { template, cpu: 100, memoryMiB: 1024, state: 'PENDING', priority: 0 }
    for (let n = 0; n < PLANNED + SINGLE; n++) await berth.insertVm(q, { name: `v${n}`, ...vm }, 1)
  })
}

function address(n) {
  return `0000:${(n + 16).toString(16)}:00.0`
}

function device(host, n) {
  return {
    ...{
      host,
      address: address(n),
      vendorId: '10de',
      deviceId: '20b0',
      classId: '0302',
      progIf: '00',
      revision: 'a1',
    },
    ...{ subsystemVendorId: '10de', subsystemDeviceId: '134f', vendorName: 'NVIDIA', deviceName: 'A100' },
    ...{ className: '3D controller', kind: 'plain', parent: null, totalVfs: 0, numVfs: 0, numaNode: n % 2 },
    ...{
      iommuGroup: n,
      driver: null,
      bridge: false,
      networkInterfaces: [],
      resetMethods: ['flr'],
      msix: null,
    },
    ...{ pcie: true, identity: `path:0000:00/${n}`, offered: true, present: true, inUse: [], allowed: false },
    ...{
      health: 'ok',
      healthReason: null,
      failures: 0,
      reserved: false,
      boundFrom: null,
      firstSeen: 1,
      lastSeen: 1,
    },
  }
}

function placement(vm, n) {
  const given = { request: 0, address: address(Math.floor(n / HOSTS)) }
  return { vm, host: (n % HOSTS) + 1, devices: [given], held: [] }
}

async function rate(count, work) {
  const start = performance.now()
  await work()
  return Math.round((count / (performance.now() - start)) * 1000)
}

function rawCommits(file) {
  const db = new Sqlite(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec('create table t (a)')
  const insert = db.prepare('insert into t values (?)')
  const start = performance.now()
  for (let n = 0; n < 500; n++) insert.run(n)
  const commits = Math.round((500 / (performance.now() - start)) * 1000)
  db.close()
  return commits
}
