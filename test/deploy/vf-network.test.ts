/** A VF as a network interface: the PF that must be up, MAC and VLAN set, and gone again afterwards. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { probeHost } from '../../probes/report.ts'
import { carryOut } from '../../src/deploy/carry-out.ts'
import type { DeployPorts } from '../../src/deploy/ports.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { hexId } from '../../src/model/ids.ts'
import type { JournalEntry, Order } from '../../src/model/order.ts'
import type { VfNetwork } from '../../src/model/request.ts'
import { type Fault, writeFaults } from '../../src/simulator/faults.ts'
import { openSimulatedHost } from '../../src/simulator/host.ts'
import type { VfSettings } from '../../src/vfio/vf-network.ts'
import { writeSmall } from '../simulator/small-machine.ts'
import { addressOf, deployOrder, promised, releaseOrder } from '../support/orders.ts'

const PF = addressOf('02:00.0')
const VF = addressOf('02:10.0')
const NETWORK: VfNetwork = { mac: '02:00:0a:00:00:01', vlan: 42 }
const CLEAN: VfSettings = { mac: '00:00:00:00:00:00', vlan: 0 }

let dir: string
let journals: Map<number, JournalEntry[]>
let now: number

beforeEach(async () => {
  dir = await writeSmall()
  journals = new Map()
  now = 0
  const { sysfs } = openSimulatedHost(dir)
  await sysfs.write(`bus/pci/devices/${PF}/sriov_drivers_autoprobe`, '0')
  await sysfs.write(`bus/pci/devices/${PF}/sriov_numvfs`, '2')
})

function ports(change: Partial<DeployPorts> = {}): DeployPorts {
  const { hypervisor, sysfs, firmware, procRoot, vfSettings } = openSimulatedHost(dir)
  const probe = { sysfs: sysfs.root, proc: procRoot, filter: null, pciIdsFile: null, warn: () => {} }
  const of = (order: Order) => journals.get(order.id) ?? []
  return {
    ...{ hypervisor, sysfs, firmware, vfSettings },
    facts: () => probeHost({ ...probe, listDomains: () => hypervisor.list() }),
    journal: {
      load: async (order) => of(order),
      loadGiving: async () => journals.get(1) ?? [],
      append: async (order, entry) => void journals.set(order.id, [...of(order), entry]),
    },
    lock: (work) => work(),
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms
      },
    },
    loadModule: async () => {},
    ...change,
  }
}

async function orders(network: VfNetwork = NETWORK) {
  const { devices } = await ports().facts()
  const group = devices.find(({ address }) => address === VF)?.iommuGroup ?? null
  const ids = { vendorId: hexId(0x8086), deviceId: hexId(0x10ca), classId: hexId(0x0200), iommuGroup: group }
  const base = { bootId: null, devices: [promised('02:10.0', { ...ids, network })] }
  return { deploy: deployOrder(base), release: releaseOrder({ ...base, graceSeconds: 0 }) }
}

const run = (order: Order, change: Partial<DeployPorts> = {}): Promise<HostEvent> =>
  carryOut(order, ports(change))
const settings = async (): Promise<VfSettings | undefined> => (await ports().vfSettings?.('eth0'))?.get(0)
const fault = (effect: Fault['effect']): Fault => ({
  ...{ operation: 'vf-network', address: null, driver: null },
  effect,
})

test('the guest has its MAC and VLAN, and neither is left when it is gone', async () => {
  const { deploy, release } = await orders()
  expect(await run(deploy)).toMatchObject({ kind: 'running' })
  expect(await settings()).toEqual({ mac: NETWORK.mac, vlan: 42 })
  const [domain] = await ports().hypervisor.list()
  expect(domain?.hostdevs).toEqual([VF])
  expect(await run(release)).toMatchObject({ kind: 'released' })
  expect(await settings()).toEqual(CLEAN)
})

test('without a MAC libvirt chooses one', async () => {
  const { deploy } = await orders({ mac: null, vlan: 0 })
  expect(await run(deploy)).toMatchObject({ kind: 'running' })
  expect((await settings())?.mac).toMatch(/^52:54:00/)
})

describe('refused before anything is touched', () => {
  test('a PF that is down, with the way to change that', async () => {
    writeFileSync(join(dir, 'sys/class/net/eth0/flags'), '0x1002\n')
    const event = await run((await orders()).deploy)
    expect(event).toMatchObject({ kind: 'deploy-failed', code: 'pf-down' })
    expect(event).toMatchObject({ message: expect.stringContaining('`ip link set eth0 up` changes that') })
    expect(journals.get(1)?.map(({ step }) => step)).toEqual(['undo', 'undo'])
  })

  test('a PF without an interface', async () => {
    const { sysfs } = ports()
    const bare = { ...sysfs, list: async (path: string) => (path.endsWith('/net') ? [] : sysfs.list(path)) }
    expect(await run((await orders()).deploy, { sysfs: bare })).toMatchObject({
      ...{ code: 'pf-down', message: expect.stringContaining('has none itself') },
    })
  })

  test('an `ip` that does not tell of the VF', async () => {
    const event = await run((await orders()).deploy, { vfSettings: async () => new Map() })
    expect(event).toMatchObject({ kind: 'deploy-failed', code: 'vf-network-unreadable' })
    expect(await ports().hypervisor.list()).toEqual([])
  })
})

test('a domain whose VF has something else is ended', async () => {
  const { deploy } = await orders()
  const wrong = async () => new Map([[0, CLEAN]])
  expect(await run(deploy, { vfSettings: wrong })).toMatchObject({
    ...{ kind: 'deploy-failed', code: 'vf-network-differs' },
  })
  expect(await ports().hypervisor.list()).toEqual([])
})

describe('what is left on the VF', () => {
  test('keeps it from being given back, until it is gone', async () => {
    const { deploy, release } = await orders()
    await run(deploy)
    writeFaults(dir, [fault('nothing')])
    const event = await run(release)
    expect(event).toMatchObject({
      kind: 'release-failed',
      code: 'vf-network-left',
      faults: [{ address: VF }],
    })
    expect(event).toMatchObject({
      message: expect.stringContaining('`ip link set eth0 vf 0 mac 00:00:00:00:00:00 vlan 0`'),
    })
    const gone = { vfSettings: async () => new Map([[0, CLEAN]]) }
    expect(await run(release, gone)).toMatchObject({ kind: 'released' })
  })

  /** What `ip link` shows from the domain's creation on. */
  function showing(before: VfSettings, during: VfSettings) {
    const shown = { now: before }
    const { hypervisor } = ports()
    const create = async (xml: string) => {
      await hypervisor.create(xml)
      shown.now = during
    }
    return {
      shown,
      change: { hypervisor: { ...hypervisor, create }, vfSettings: async () => new Map([[0, shown.now]]) },
    }
  }

  test('counts where a deploy was undone, too', async () => {
    const { deploy } = await orders()
    const { change } = showing(CLEAN, { mac: '02:00:0a:00:00:01', vlan: 43 })
    expect(await run(deploy, change)).toMatchObject({ kind: 'release-failed', code: 'vf-network-left' })
  })

  test.each([
    ['what it had before', { mac: '02:11:22:33:44:55', vlan: 7 }, true],
    ['what libvirt sets where a driver takes no zero', { mac: '02:00:00:00:00:00', vlan: 0 }, true],
    ['the MAC of before and another VLAN', { mac: '02:11:22:33:44:55', vlan: 42 }, false],
    ['the MAC of its VM, untagged', { mac: '02:00:0a:00:00:01', vlan: 0 }, false],
    ['one that the host’s driver has chosen since', { mac: '02:99:99:99:99:99', vlan: 0 }, true],
  ])('%s', async (_, left, fine) => {
    const { deploy, release } = await orders()
    const before = { mac: '02:11:22:33:44:55', vlan: 7 }
    const { shown, change } = showing(before, { mac: '02:00:0a:00:00:01', vlan: 42 })
    expect(await run(deploy, change)).toMatchObject({ kind: 'running' })
    shown.now = left
    expect((await run(release, change)).kind).toBe(fine ? 'released' : 'release-failed')
  })

  test('where libvirt chose the MAC, only that of before or none will do', async () => {
    const { deploy, release } = await orders({ mac: null, vlan: 0 })
    const { shown, change } = showing(CLEAN, { mac: '52:54:00:00:00:09', vlan: 0 })
    expect(await run(deploy, change)).toMatchObject({ kind: 'running' })
    expect((await run(release, change)).kind).toBe('release-failed')
    shown.now = CLEAN
    expect((await run(release, change)).kind).toBe('released')
  })

  test('on a VF that is gone with its PF’s number is nothing', async () => {
    const { deploy, release } = await orders()
    await run(deploy)
    const { sysfs } = ports()
    await sysfs.write(`bus/pci/devices/${PF}/sriov_numvfs`, '0')
    expect(await run(release)).toMatchObject({ kind: 'released' })
  })
})
