/** How long `berth host list` takes on a local database of 100 hosts with 40 devices each, as a multiple of an empty program. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const HOSTS = 100
const DEVICES = 40
const ROUNDS = 15
const LIMIT = 6
const root = join(import.meta.dirname, '..')

/** The database is filled through the inventory itself, bundled for this run. */
async function fill(dir, file) {
  const out = join(root, 'node_modules/.cache/berth-bench-host-list.mjs')
  buildSync({
    stdin: {
      contents: `export { openDatabase } from './src/database/open.ts'
export { addHost } from './src/lifecycle/hosts.ts'
export { ingestReport } from './src/inventory/ingest.ts'
export { parseAddress } from './src/model/address.ts'`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: out,
    external: ['better-sqlite3', 'pg'],
    logLevel: 'warning',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  })
  const { openDatabase, addHost, ingestReport, parseAddress } = await import(out)
  const db = await openDatabase(file, { migrate: true })
  for (let host = 0; host < HOSTS; host++) {
    const wish = {
      name: `kvm-${host}`,
      cluster: 'default',
      driver: 'simulator',
      uri: dir,
      enabled: true,
      filter: null,
      attributes: {},
    }
    const { id } = await addHost(db, wish)
    await ingestReport(db, id, report(parseAddress), Date.now())
  }
  await db.close()
}

function report(parseAddress) {
  const devices = Array.from({ length: DEVICES }, (_, at) => ({
    address: parseAddress(`${(at + 16).toString(16)}:00.0`),
    ...{ vendorId: '10de', deviceId: '20b0', classId: '0302', progIf: '00', revision: 'a1' },
    ...{ subsystemVendorId: '10de', subsystemDeviceId: '134f', vendorName: 'NVIDIA Corporation' },
    ...{ deviceName: 'GA100 [A100 SXM4 40GB]', className: '3D controller', kind: 'plain', parent: null },
    ...{ totalVfs: 0, numVfs: 0, numaNode: at % 2, iommuGroup: at, driver: null, bridge: false },
    ...{
      networkInterfaces: [],
      resetMethods: ['flr'],
      msix: null,
      pcie: true,
      identity: null,
      passthrough: null,
      offered: true,
    },
  }))
  const capacity = {
    cpus: 64,
    memoryKiB: 2 ** 28,
    numaNodes: [],
    hypervisor: 'kvm',
    arch: 'x86_64',
    kernel: '6.12',
  }
  return {
    schema: 'berth.host-report/1',
    host: 'bench',
    bootId: null,
    devices,
    usage: [],
    capacity,
    domains: [],
  }
}

function timed(args) {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

const dir = mkdtempSync(join(tmpdir(), 'berth-bench-'))
try {
  const file = join(dir, 'berth.db')
  await fill(dir, file)
  const empty = join(dir, 'empty.mjs')
  writeFileSync(empty, '')
  const best = { empty: Infinity, list: Infinity }
  for (let round = 0; round < ROUNDS; round++) {
    best.empty = Math.min(best.empty, timed([empty]))
    best.list = Math.min(best.list, timed([join(root, 'dist/berth.mjs'), '--db', file, 'host', 'list']))
  }
  console.log(
    `host list: ${HOSTS} hosts of ${DEVICES} devices ${best.list.toFixed(1)} ms, empty program ${best.empty.toFixed(1)} ms, ratio ${(best.list / best.empty).toFixed(2)} (limit ${LIMIT}), best of ${ROUNDS}`,
  )
} finally {
  rmSync(dir, { recursive: true })
}
