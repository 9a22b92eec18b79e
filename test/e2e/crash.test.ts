/** Whole cycles as real processes, from pending VM to domain and back: SIGKILLed after each trace that they leave, and run again. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { listJournal } from '../../src/database/journal.ts'
import { openDatabase } from '../../src/database/open.ts'
import { listOrders } from '../../src/database/orders.ts'
import { getVm } from '../../src/database/vms.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import type { VmState } from '../../src/model/vm.ts'
import { type Fault, writeFaults } from '../../src/simulator/faults.ts'
import { writeSysfsTree } from '../../src/simulator/tree.ts'
import { currentDriver } from '../../src/vfio/driver.ts'
import { realSysfs } from '../../src/vfio/sysfs.ts'
import { installFakeVirsh, tellVirsh, virshCalls } from '../support/build-fake-virsh.ts'
import type { CycleInput, CycleOutput } from '../support/cycle-runner.ts'
import { addressOf } from '../support/orders.ts'
import { SMALL_MACHINE } from '../support/small-machine.ts'

const GPU = addressOf('00:08.0')
const AUDIO = addressOf('00:08.1')
const WANTS_GPU = 'MEMORY = 1024\nPCI = [ VENDOR = "10de", CLASS = "0302" ]'

// Many processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000, maxConcurrency: 2 })

/** More than any lease lasts. */
const LEASES_RUN_OUT = 61_000

const root = resolve(import.meta.dirname, '../..')
let folder: string
let runner: string
/** A host on which nothing runs, with two VMs that both want its only GPU; and one on which the first of them runs. */
let fresh: string
let running: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-crash-'))
  runner = await bundleRunner()
  fresh = join(folder, 'fresh', 'host')
  mkdirSync(dirname(fresh))
  await writeSysfsTree(fresh, SMALL_MACHINE, 'boot-1')
  await prepareDatabase(join(dirname(fresh), 'berth.db'))
  running = copyOf(fresh)
  await run(running, ['cycle'])
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(dirname(runner), { recursive: true, force: true })
})

/** Below the packages, so that the program finds the native one. */
async function bundleRunner(): Promise<string> {
  const outfile = join(mkdtempSync(join(root, 'node_modules', '.crash-')), 'runner.mjs')
  const banner = { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" }
  await build({
    entryPoints: [join(root, 'test/support/cycle-runner.ts')],
    ...{ bundle: true, platform: 'node', target: 'node20.19', format: 'esm', outfile, banner },
    ...{ external: ['better-sqlite3', 'pg', 'pg-native'], logLevel: 'warning' },
  })
  return outfile
}

async function prepareDatabase(path: string): Promise<void> {
  const db = await openDatabase(path, { migrate: true })
  const host = { name: 'kvm-a', cluster: 'default', driver: 'libvirt', uri: 'qemu:///system' } as const
  await addHost(db, { ...host, enabled: true, filter: null, attributes: {} })
  for (const name of ['first', 'second']) await createVm(db, WANTS_GPU, { name }, Date.now())
  await db.close()
}

/** Its own copy of host and database, so that each can be killed in its own way. */
function copyOf(host: string, faults: readonly Fault[] = []): string {
  const dir = join(mkdtempSync(join(folder, 'world-')), 'host')
  cpSync(dirname(host), dirname(dir), { recursive: true, verbatimSymlinks: true })
  writeFaults(dir, faults)
  return dir
}

async function start(input: CycleInput): Promise<CycleOutput | 'killed'> {
  await installFakeVirsh(input.dir)
  const result = await execa(process.execPath, [runner, JSON.stringify(input)], { reject: false })
  if (result.signal === 'SIGKILL') return 'killed'
  if (result.exitCode !== 0) throw new Error(result.stderr)
  return JSON.parse(result.stdout)
}

async function run(dir: string, work: readonly string[], aheadMs = 0): Promise<CycleOutput> {
  const output = await start({ dir, work, aheadMs, kill: null })
  if (output === 'killed') throw new Error('nobody was to be killed')
  return output
}

async function killed(dir: string, work: readonly string[], kill: string): Promise<void> {
  expect(await start({ dir, work, aheadMs: 0, kill }), kill).toBe('killed')
}

/** What can be seen from outside of host and database once everything has calmed down. */
async function outcome(dir: string) {
  const db = await openDatabase(join(dirname(dir), 'berth.db'), { migrate: false })
  const sysfs = realSysfs(join(dir, 'sys'))
  const orders = await listOrders(db.kysely)
  const deploys = orders.filter(({ order }) => order.kind === 'deploy')
  const last = deploys.at(-1)?.order.id ?? 0
  const result = {
    broken: await db.read(checkDatabase),
    states: [(await getVm(db.kysely, 1)).state, (await getVm(db.kysely, 2)).state],
    claims: (await listClaims(db.kysely)).map(({ vm, address, role }) => `${vm} ${address} ${role}`).sort(),
    domains: readdirSync(join(dir, 'domains')).filter((name) => name.endsWith('.xml')),
    created: virshCalls(dir).filter((call) => call === 'create: done').length,
    drivers: [await currentDriver(sysfs, GPU), await currentDriver(sysfs, AUDIO)],
    cameFrom: (await listJournal(db.kysely, last)).find(({ step }) => step === 'original-drivers')?.facts
      .drivers,
  }
  await db.close()
  return result
}

/** That VM has the GPU and its mate, which came from the host's drivers, and the other one has nothing. */
const hasGpu = (vm: number, states: readonly VmState[]) => ({
  broken: [],
  states,
  claims: [`${vm} ${GPU} passed`, `${vm} ${AUDIO} held`],
  domains: [`berth-${vm}.xml`],
  drivers: ['vfio-pci', 'vfio-pci'],
  cameFrom: { [GPU]: 'nvidia', [AUDIO]: 'snd_hda_intel' },
})

const BIND_MATE = [`driver_override ${AUDIO} vfio-pci`, `driver/unbind ${AUDIO}`, `probe ${AUDIO}`] as const

const DEPLOY = [
  'hosts',
  'claims hosts orders vms',
  'vms',
  'orders',
  'leases',
  'journal original-drivers done',
  ...BIND_MATE,
  'journal create begun',
  'create',
  'journal create done',
  'journal verify done',
  '-leases',
  'orders vms',
]

const bringMateBack = (times: string) => [
  `driver_override ${AUDIO} snd_hda_intel`,
  `driver/unbind ${AUDIO}${times}`,
  `probe ${AUDIO}${times}`,
  `driver_override ${AUDIO} -`,
]

const UNDO = [
  'journal undo begun',
  `driver_override ${GPU} -`,
  ...bringMateBack(' 2'),
  'journal undo done',
  '-leases',
  '-claims hosts orders vms',
]

const RELEASE = [
  'orders vms',
  'orders',
  'journal shutdown begun',
  'shutdown',
  'leases',
  `driver_override ${GPU} -`,
  ...bringMateBack(''),
  'journal bring-back done',
  '-leases',
  '-claims hosts orders vms',
]

/** Each write that gives a mate back is killed after in test/deploy/kill.test.ts: one of them will do here. */
const isDistinct = (point: string): boolean =>
  !bringMateBack('').includes(point.replace(/ 2$/, '')) || point.startsWith('probe')

const NO_CREATE: Fault = { operation: 'create', address: null, driver: null, effect: 'EIO' }
const DEAF: Fault = { operation: 'shutdown', address: null, driver: null, effect: 'nothing' }

describe('the points at which these tests kill are all that there are', () => {
  test('in a deploy', async () => {
    const dir = copyOf(fresh)
    expect((await run(dir, ['cycle'])).points).toEqual(DEPLOY)
  })

  test('in a deploy that is undone', async () => {
    const dir = copyOf(fresh, [NO_CREATE])
    const upToCreate = DEPLOY.slice(0, DEPLOY.indexOf('create'))
    expect((await run(dir, ['cycle'])).points).toEqual([...upToCreate, ...UNDO])
  })

  test('in a release', async () => {
    expect((await run(copyOf(running), ['terminate 1 30'])).points).toEqual(RELEASE)
  })
})

describe('a cycle that deploys', () => {
  test.concurrent.each([...DEPLOY, 'during create'])('killed at `%s`: one domain, once', async (point) => {
    const dir = copyOf(fresh)
    if (point === 'during create') tellVirsh(dir, { delayMs: { create: 1_500 } })
    await killed(dir, ['cycle'], point)
    await run(dir, ['cycle'], LEASES_RUN_OUT)
    expect(await outcome(dir)).toMatchObject({ ...hasGpu(1, ['RUNNING', 'PENDING']), created: 1 })
  })

  test.concurrent('leaves what it had begun alone until the leases of the dead one have run out', async () => {
    const dir = copyOf(fresh)
    await killed(dir, ['cycle'], 'journal create begun')
    const { log } = await run(dir, ['cycle'])
    expect(log).toEqual([])
    expect(await outcome(dir)).toMatchObject({
      broken: [],
      states: ['BOOT', 'PENDING'],
      domains: [],
      created: 0,
    })
    await run(dir, ['cycle'], LEASES_RUN_OUT)
    expect(await outcome(dir)).toMatchObject({ ...hasGpu(1, ['RUNNING', 'PENDING']), created: 1 })
  })
})

describe('a cycle whose deploy fails', () => {
  test.concurrent.each(UNDO.filter(isDistinct))(
    "killed at `%s`: undone, and the GPU is the next one's",
    async (point) => {
      const dir = copyOf(fresh, [NO_CREATE])
      await killed(dir, ['cycle'], point)
      writeFaults(dir, [])
      // What had failed waits a while before it is tried again; the other VM does not.
      const { points } = await run(dir, ['cycle', 'cycle'], LEASES_RUN_OUT)
      const end = points.length > 0 ? await outcome(dir) : null
      const tried = end?.states[0] === 'RUNNING'
      expect(end).toMatchObject(tried ? hasGpu(1, ['RUNNING', 'PENDING']) : hasGpu(2, ['PENDING', 'RUNNING']))
      expect(end?.created).toBe(1)
    },
  )
})

describe('a VM that is terminated', () => {
  test.concurrent.each([...RELEASE.filter(isDistinct), 'during shutdown'])(
    'killed at `%s`: its GPU goes back, and to the next one',
    async (point) => {
      const dir = copyOf(running)
      if (point === 'during shutdown') tellVirsh(dir, { delayMs: { shutdown: 1_500 } })
      await expectHandedOn(dir, 'terminate 1 30', point)
    },
  )

  test.concurrent.each(['during destroy', 'destroy'])(
    'with a deaf guest, killed at `%s`: likewise',
    async (point) => {
      const dir = copyOf(running, [DEAF])
      if (point === 'during destroy') tellVirsh(dir, { delayMs: { destroy: 1_500 } })
      await expectHandedOn(dir, 'terminate 1 1', point)
    },
  )
})

async function expectHandedOn(dir: string, terminate: string, point: string): Promise<void> {
  await killed(dir, [terminate], point)
  await run(dir, ['cycle', 'cycle'], LEASES_RUN_OUT)
  expect(await outcome(dir)).toMatchObject({ ...hasGpu(2, ['DONE', 'RUNNING']), created: 2 })
}
