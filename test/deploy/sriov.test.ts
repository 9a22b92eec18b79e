/** A PF's virtual functions set by an order of their own: what is refused, what stays as it was, and a crash at each call. */
import { expect, test } from 'vitest'
import { probeHost } from '../../probes/report.ts'
import { carryOut } from '../../src/deploy/carry-out.ts'
import type { DeployPorts, PresentFacts } from '../../src/deploy/ports.ts'
import type { DeviceOrderEvent, HostEvent } from '../../src/model/event.ts'
import { hexId } from '../../src/model/ids.ts'
import type { JournalEntry, SriovOrder } from '../../src/model/order.ts'
import { type Fault, writeFaults } from '../../src/simulator/faults.ts'
import { openSimulatedHost } from '../../src/simulator/host.ts'
import { bindToVfio } from '../../src/vfio/driver.ts'
import { pfState } from '../../src/vfio/sriov.ts'
import { quickly, writeSmall } from '../simulator/small-machine.ts'
import { addressOf } from '../support/orders.ts'
import { domain } from '../support/reports.ts'

const PF = addressOf('02:00.0')
const VF = addressOf('02:10.0')

class Crash extends Error {}

interface World {
  readonly dir: string
  readonly journal: JournalEntry[]
  facts: Partial<PresentFacts>
}

const world = async (): Promise<World> => ({ dir: await writeSmall(), journal: [], facts: {} })

function order(numVfs: number, change: Partial<SriovOrder> = {}): SriovOrder {
  const ids = { vendorId: hexId(0x8086), deviceId: hexId(0x10c9), classId: hexId(0x0200) }
  return {
    ...{ kind: 'sriov', id: 60, host: 1, cluster: 'c', bootId: null, numVfs, autoprobe: false },
    before: { numVfs: 0, autoprobe: false },
    devices: [{ address: PF, ...ids, identity: null, iommuGroup: null }],
    ...change,
  }
}

/** `crashAt` counts what leaves a trace: writes to the kernel and to the journal. */
function portsOf(here: World, crashAt = 0, when: 'before' | 'after' = 'before'): DeployPorts {
  const { hypervisor, sysfs, firmware, procRoot } = openSimulatedHost(here.dir)
  let calls = 0
  const traced = async <T>(work: () => Promise<T>): Promise<T> => {
    calls++
    if (calls > crashAt && crashAt > 0) throw new Crash()
    if (calls === crashAt && when === 'before') throw new Crash()
    const result = await work()
    if (calls === crashAt) throw new Crash()
    return result
  }
  const probe = { sysfs: sysfs.root, proc: procRoot, filter: null, pciIdsFile: null, warn: () => {} }
  return {
    firmware,
    hypervisor: { ...hypervisor, list: async () => here.facts.domains ?? hypervisor.list() },
    sysfs: { ...sysfs, write: (path, text) => traced(() => sysfs.write(path, text, { timeoutMs: 30 })) },
    facts: async () => ({
      ...(await probeHost({ ...probe, listDomains: () => hypervisor.list() })),
      ...here.facts,
    }),
    journal: {
      load: async () => here.journal,
      loadGiving: async () => [],
      append: (_, entry) => traced(async () => void here.journal.push(JSON.parse(JSON.stringify(entry)))),
    },
    lock: (work) => work(),
    clock: { now: () => 0, sleep: async () => {} },
  }
}

const run = (here: World, wanted: SriovOrder): Promise<HostEvent> => carryOut(wanted, portsOf(here))
const now = ({ dir }: World) => pfState(openSimulatedHost(dir).sysfs, PF)
const numberOf = async (here: World) => (await now(here))?.vfs.length

async function refusal(here: World, wanted: SriovOrder): Promise<DeviceOrderEvent & { kind: 'vfs-failed' }> {
  const event = await run(here, wanted)
  if (event.kind !== 'vfs-failed') throw new Error(`expected a refusal, got ${JSON.stringify(event)}`)
  return event
}

test('made, changed and removed; the event names them', async () => {
  const here = await world()
  expect(await run(here, order(2))).toEqual({
    ...{ kind: 'vfs-set', order: 60, host: 1, address: PF, numVfs: 2 },
    addresses: [VF, addressOf('02:10.1')],
  })
  here.journal.length = 0
  expect(await run(here, order(4, { id: 61 }))).toMatchObject({ kind: 'vfs-set', numVfs: 4 })
  here.journal.length = 0
  expect(await run(here, order(0, { id: 62 }))).toMatchObject({ kind: 'vfs-set', addresses: [] })
  expect(await now(here)).toMatchObject({ vfs: [], autoprobe: true })
})

test('more than it can have is refused before anything is removed', async () => {
  const here = await world()
  await run(here, order(2))
  const refused = await refusal(here, order(99, { id: 61 }))
  expect(refused).toMatchObject({ code: 'vfs-too-many', hangs: false })
  expect(refused.message).toContain('it supports 4 virtual functions, not 99')
  expect(await numberOf(here)).toBe(2)
})

test('a PF that is on vfio-pci, or on nothing, cannot make any', async () => {
  const here = await world()
  const { sysfs } = openSimulatedHost(here.dir)
  await bindToVfio(sysfs, PF, quickly)
  expect(await refusal(here, order(2))).toMatchObject({ code: 'sriov-no-driver' })
  await sysfs.write(`bus/pci/devices/${PF}/driver/unbind`, PF)
  expect((await refusal(here, order(2))).message).toContain('no driver is bound to it')
})

test('a device without SR-IOV is told as such', async () => {
  const here = await world()
  const ids = { vendorId: hexId(0x10de), deviceId: hexId(0x2204), classId: hexId(0x0300) }
  const gpu = { address: addressOf('01:00.0'), ...ids, identity: null, iommuGroup: null }
  expect(await refusal(here, order(2, { devices: [gpu] }))).toMatchObject({ code: 'sriov-missing' })
})

test('another card at the address is not touched', async () => {
  const [device] = order(2).devices
  const other = order(2, { devices: [{ ...device, deviceId: hexId(0x1521) }] })
  expect(await refusal(await world(), other)).toMatchObject({ code: 'device-changed' })
})

test.each([
  ['a running domain holds one', { domains: [domain('web', { hostdevs: [VF] })] }, 'device-in-domain', 'web'],
  [
    'a process has one open',
    { usage: [{ address: VF, reason: 'vfio', detail: 'process 812 (qemu)' }] },
    'vfio-open',
    'process 812',
  ],
  [
    'the host uses one',
    { usage: [{ address: VF, reason: 'address', detail: 'eth0v0 has 10.0.0.7' }] },
    'in-use-by-host',
    'eth0v0 has 10.0.0.7',
  ],
  ['libvirt cannot be asked', { domains: null }, 'domains-unknown', 'libvirt'],
] as const)('they stay as they are while %s', async (_, facts, code, words) => {
  const here = await world()
  await run(here, order(2))
  here.facts = facts
  const refused = await refusal(here, order(4, { id: 61 }))
  expect([refused.code, await numberOf(here)]).toEqual([code, 2])
  expect(refused.message).toContain(words)
  // As many as there are touches none of them.
  expect(await run(here, order(2, { id: 62 }))).toMatchObject({ kind: 'vfs-set' })
})

test('what the host uses of the PF itself is no obstacle: its VFs are made beside it', async () => {
  const here = await world()
  here.facts = { usage: [{ address: PF, reason: 'route', detail: 'eth0 has the default route' }] }
  expect(await run(here, order(2))).toMatchObject({ kind: 'vfs-set' })
})

test('a kernel that refuses the new number leaves the number of before', async () => {
  const here = await world()
  await run(here, order(2))
  here.journal.length = 0
  const { sysfs } = openSimulatedHost(here.dir)
  const ports = portsOf(here)
  const refusing: DeployPorts = {
    ...ports,
    sysfs: { ...sysfs, write: (path, text) => sysfs.write(path, text === '4' ? 'none' : text) },
  }
  expect(await carryOut(order(4), refusing)).toMatchObject({ kind: 'vfs-failed', hangs: false })
  expect(await now(here)).toMatchObject({ vfs: [VF, addressOf('02:10.1')], autoprobe: false })
})

test('a driver that hangs is told as such', async () => {
  const here = await world()
  const fault: Fault = { operation: 'sriov', address: PF, driver: null, effect: 'hang' }
  writeFaults(here.dir, [fault])
  expect(await run(here, order(2))).toMatchObject({ code: 'vfs-write-timeout', hangs: true })
})

test.each([1, 2, 3])(
  'killed at call %i, before or after it, it ends with the number asked for',
  async (call) => {
    for (const when of ['before', 'after'] as const) {
      const here = await world()
      await run(here, order(2))
      here.journal.length = 0
      await expect(carryOut(order(4), portsOf(here, call, when))).rejects.toThrow(Crash)
      expect(await run(here, order(4))).toMatchObject({ kind: 'vfs-set', numVfs: 4 })
      expect(here.journal).toMatchObject([{ step: 'original-vfs', facts: { numVfs: 2, autoprobe: false } }])
    }
  },
)

test('killed between 0 and the new number, which the kernel then refuses: the number of before is back', async () => {
  const here = await world()
  await run(here, order(2))
  here.journal.length = 0
  await expect(carryOut(order(4), portsOf(here, 2, 'after'))).rejects.toThrow(Crash)
  expect(await numberOf(here)).toBe(0)
  const { sysfs } = openSimulatedHost(here.dir)
  const ports = portsOf(here)
  const refusing: DeployPorts = {
    ...ports,
    sysfs: { ...sysfs, write: (path, text) => sysfs.write(path, text === '4' ? 'none' : text) },
  }
  expect(await carryOut(order(4), refusing)).toMatchObject({ kind: 'vfs-failed' })
  expect(await numberOf(here)).toBe(2)
})

test('what was written down in an earlier boot says nothing of this one', async () => {
  const here = await world()
  here.journal.push({
    ...{ step: 'original-vfs', state: 'done' },
    facts: { bootId: 'another', numVfs: 3, autoprobe: false },
  })
  await run(here, order(2))
  expect(here.journal.at(-1)).toMatchObject({ step: 'original-vfs', facts: { numVfs: 0, autoprobe: true } })
})
