/** A program that runs controller cycles on a real database and a simulated host behind the fake virsh, and kills itself (SIGKILL) where it is told. */
import { dirname, join } from 'node:path'
import { type KyselyPlugin, type OperationNode, TableNode } from 'kysely'
import { createAgent } from '../../src/agent/agent.ts'
import { createController } from '../../src/controller/controller.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { hostFirmware } from '../../src/libvirt/host-firmware.ts'
import { libvirtHypervisor } from '../../src/libvirt/hypervisor.ts'
import { createVirsh } from '../../src/libvirt/virsh.ts'
import { terminateVm } from '../../src/lifecycle/ask.ts'
import { simulatedSysfs } from '../../src/simulator/kernel.ts'

export interface CycleInput {
  /** The host's folder; the database is `berth.db` beside it. */
  readonly dir: string
  /** In order: `cycle`, or `terminate <vm> <seconds of grace>`, as `berth vm terminate` does it. */
  readonly work: readonly string[]
  /** How far this process's clock is ahead of the machine's: other processes' leases run out so much earlier. */
  readonly aheadMs: number
  /** A point as `points` names it, after which to die; `during create`: while virsh is at it. Null = to the end. */
  readonly kill: string | null
}

export interface CycleOutput {
  /** Everything that left a trace outside of the process, in order: rows written, writes to sysfs, changes through virsh. */
  readonly points: readonly string[]
  readonly log: readonly string[]
}

const { dir, work, aheadMs, kill }: CycleInput = JSON.parse(process.argv[2] ?? '')
const points: string[] = []
const log: string[] = []

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

function passed(what: string): void {
  const times = points.filter((point) => point.replace(/ \d+$/, '') === what).length
  const point = times === 0 ? what : `${what} ${times + 1}`
  points.push(point)
  if (point === kill) die()
}

async function watched<T>(what: string, doing: () => Promise<T>): Promise<T> {
  const working = doing()
  if (kill === `during ${what}`) setTimeout(die, 300)
  const result = await working
  passed(what)
  return result
}

/** The tables that tell what a transaction was about. */
const TELLING = ['claims', 'hosts', 'leases', 'orders', 'vms']

/** Names a transaction by the telling tables that it wrote; a journal entry by itself. */
function writesOf(tables: Set<string>): KyselyPlugin {
  const add = (node: OperationNode | undefined, sign = '') => {
    if (node === undefined || !TableNode.is(node)) return
    const { name } = node.table.identifier
    if (TELLING.includes(name)) tables.add(sign + name)
  }
  return {
    transformQuery: ({ node }) => {
      if (node.kind === 'InsertQueryNode') add(node.into)
      if (node.kind === 'UpdateQueryNode') add(node.table)
      if (node.kind === 'DeleteQueryNode') for (const from of node.from.froms) add(from, '-')
      if (node.kind === 'RawNode' && node.sqlFragments[0]?.includes('insert into journal')) {
        const [step, state] = node.parameters.map((one) => ('value' in one ? String(one.value) : ''))
        tables.add(`journal ${step} ${state}`)
      }
      return node
    },
    transformResult: async ({ result }) => result,
  }
}

function watchedDatabase(database: Database): Database {
  return {
    ...database,
    transaction: async (doing) => {
      const tables = new Set<string>()
      const result = await database.transaction((q) => {
        tables.clear()
        return doing(q.withPlugin(writesOf(tables)))
      })
      if (tables.size > 0) passed([...tables].sort().join(' '))
      return result
    },
  }
}

const database = watchedDatabase(await openDatabase(join(dirname(dir), 'berth.db'), { migrate: false }))
const hypervisor = libvirtHypervisor(
  createVirsh({ uri: 'qemu:///system', binary: join(dir, '.berth/virsh') }),
)
const sysfs = simulatedSysfs(join(dir, 'sys'))
const clock = {
  now: () => Date.now() + aheadMs,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
}

const agent = createAgent({
  hypervisor: {
    ...hypervisor,
    create: (xml) => watched('create', () => hypervisor.create(xml)),
    shutdown: (uuid) => watched('shutdown', () => hypervisor.shutdown(uuid)),
    destroy: (uuid) => watched('destroy', () => hypervisor.destroy(uuid)),
  },
  sysfs: {
    ...sysfs,
    write: (path, text, options) => {
      const [, address, file] = /devices\/([^/]+)\/(.*)$/.exec(path) ?? [null, text, 'probe']
      const what = `${file} ${address}${file === 'driver_override' ? ` ${text.trim() || '-'}` : ''}`
      return watched(what, () => sysfs.write(path, text, options))
    },
  },
  firmware: hostFirmware({ root: dir, architecture: 'x86_64', nvramFolder: '/nvram' }),
  proc: join(dir, 'proc'),
  pciIds: null,
  loadModule: async () => {},
})

const controller = createController({
  database,
  connect: async () => agent,
  clock,
  policy: 'pack',
  holder: `runner:${process.pid}`,
  log: (line) => log.push(line),
})

for (const what of work) {
  const [, vm, graceSeconds] = /^terminate (\d+) (\d+)$/.exec(what) ?? []
  if (vm === undefined) await controller.cycle()
  else {
    await terminateVm(database, Number(vm), { graceSeconds: Number(graceSeconds) }, clock.now())
    await controller.carryOut(Number(vm))
  }
}
await database.close()
const output: CycleOutput = { points, log }
process.stdout.write(JSON.stringify(output))
