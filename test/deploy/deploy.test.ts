/** What a deploy checks, verifies and undoes. */
import { expect, test } from 'vitest'
import { carryOut } from '../../src/deploy/carry-out.ts'
import { CommandFailed, Conflict } from '../../src/model/errors.ts'
import { hexId } from '../../src/model/ids.ts'
import type { DeployOrder } from '../../src/model/order.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import type { RunningDomain } from '../../src/model/usage.ts'
import { type MemoryHost, memoryHypervisor } from '../support/memory-host.ts'
import { addressOf, definition, promised, reported } from '../support/orders.ts'
import {
  AUDIO,
  Crash,
  DEPLOY,
  DEVICES,
  driversOf,
  GPU,
  NIC,
  ORIGINAL,
  OTHER,
  portsOf,
  run,
  SPARE,
  world,
} from './world.ts'

function change(host: MemoryHost, address: string, facts: Partial<ReportedDevice>): void {
  const device = host.devices.get(addressOf(address))
  if (device !== undefined)
    host.devices.set(device.facts.address, { ...device, facts: { ...device.facts, ...facts } })
}

/** A new boot, in which the NIC's group is another. */
function rebooted(host: MemoryHost, facts: Partial<ReportedDevice>): void {
  host.bootId = 'boot-2'
  change(host, NIC, facts)
}

const foreign: RunningDomain = {
  name: 'desktop',
  uuid: '00000000-0000-4000-8000-000000000001',
  state: 'running',
  hostdevs: [],
  berth: null,
}

const hold = (host: MemoryHost, domain: Partial<RunningDomain>) =>
  host.domains.set(foreign.uuid, { ...foreign, ...domain })

const used = (address: string, reason: 'mount' | 'domain') => [
  { address: addressOf(address), reason, detail: '/srv' },
]

test.each<[string, string, (host: MemoryHost) => unknown]>([
  ['a passed device is gone', 'device-missing', (host) => host.devices.delete(GPU)],
  ['a mate is gone', 'device-missing', (host) => host.devices.delete(AUDIO)],
  [
    'another device is at the address',
    'device-changed',
    (host) => change(host, GPU, { deviceId: hexId(0x1234) }),
  ],
  [
    'its identity is another',
    'device-changed',
    (host) => change(host, GPU, { identity: 'path:0000:00/05.0' }),
  ],
  [
    'its group has another number in the same boot',
    'group-changed',
    (host) => change(host, NIC, { iommuGroup: 21 }),
  ],
  [
    'its group has a member that was not promised',
    'group-changed',
    (host) => change(host, OTHER, { iommuGroup: 26 }),
  ],
  ['it is in no group', 'no-iommu-group', (host) => rebooted(host, { iommuGroup: null })],
  ['the host mounts something on it', 'in-use-by-host', (host) => (host.usage = used(NIC, 'mount'))],
  ['the host uses its mate', 'group-not-viable', (host) => (host.usage = used(AUDIO, 'mount'))],
  [
    'it has VFs now',
    'pf-has-vfs',
    (host) => {
      const vf = promised('01:10.0', { iommuGroup: 99 })
      host.devices.set(vf.address, {
        facts: reported(vf, { parent: NIC, kind: 'vf' }),
        driver: null,
        override: null,
        natural: null,
      })
    },
  ],
  ['a foreign domain holds it', 'device-in-domain', (host) => hold(host, { hostdevs: [NIC] })],
  ['a foreign domain holds its mate', 'device-in-domain', (host) => hold(host, { hostdevs: [AUDIO] })],
  [
    'another VM of the same database holds it',
    'device-in-domain',
    (host) => hold(host, { hostdevs: [NIC], berth: { cluster: 'c1', vm: 8, epoch: 3 } }),
  ],
  ['a foreign domain has the name', 'domain-name-taken', (host) => hold(host, { name: 'berth-7' })],
  [
    'its own domain of an older epoch runs',
    'domain-name-taken',
    (host) => hold(host, { name: 'berth-7', berth: { cluster: 'c1', vm: 7, epoch: 2 } }),
  ],
])('nothing is touched when %s', async (_, code, prepare) => {
  const host = world()
  prepare(host)
  const before = { drivers: driversOf(host), domains: [...host.domains.keys()] }
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'deploy-failed', code })
  expect({ drivers: driversOf(host), domains: [...host.domains.keys()] }).toEqual(before)
  expect(host.created).toEqual([])
})

test.each<[string, (host: MemoryHost) => unknown]>([
  ['the identity is of another kind', (host) => change(host, GPU, { identity: 'serial:1/10de:20b0:0000/0' })],
  ['the identity cannot be read now', (host) => change(host, GPU, { identity: null })],
  ['group numbers are those of another boot', (host) => rebooted(host, { iommuGroup: 21 })],
  ['a foreign domain holds something else', (host) => hold(host, { hostdevs: [OTHER] })],
  ['the host uses something else', (host) => (host.usage = used(OTHER, 'mount'))],
])('it is deployed although %s', async (_, prepare) => {
  const host = world()
  prepare(host)
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'running' })
})

test('a device that an operator allowed is given although the host uses it', async () => {
  const host = world()
  host.usage = used(NIC, 'mount')
  const devices = DEVICES.map((device) => (device.address === NIC ? { ...device, allowed: true } : device))
  expect(await run(host, { ...DEPLOY, devices })).toMatchObject({ kind: 'running' })
})

test('a definition that cannot be written is refused before anything is touched', async () => {
  const host = world()
  const order: DeployOrder = { ...DEPLOY, definition: definition({ raw: '<name>x</name>' }) }
  expect(await run(host, order)).toMatchObject({ kind: 'deploy-failed', code: 'raw-refused' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('libvirt that cannot be asked stops it', async () => {
  const host = world()
  const ports = portsOf(host)
  const facts = async () => ({ ...(await ports.facts()), domains: null })
  expect(await carryOut(DEPLOY, { ...ports, facts })).toMatchObject({ code: 'domains-unknown' })
})

test('libvirt that answers nothing at all leaves nothing to undo', async () => {
  const host = world()
  const ports = portsOf(host)
  const find = async () => {
    throw new CommandFailed('libvirt-unreachable', 'start libvirtd', {})
  }
  const event = await carryOut(DEPLOY, { ...ports, hypervisor: { ...ports.hypervisor, find } })
  expect(event).toMatchObject({ kind: 'deploy-failed', code: 'libvirt-unreachable' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a driverless mate is left as it is', async () => {
  const host = world()
  await run(host, DEPLOY)
  expect(host.devices.get(SPARE)).toMatchObject({ driver: null, override: null })
})

test('a domain that shows another device than was promised is destroyed again', async () => {
  const host = world()
  const ports = portsOf(host)
  const create = async (xml: string) => {
    await memoryHypervisor(host).create(xml)
    for (const [uuid, domain] of host.domains)
      host.domains.set(uuid, { ...domain, hostdevs: [...domain.hostdevs, OTHER] })
  }
  const event = await carryOut(DEPLOY, { ...ports, hypervisor: { ...ports.hypervisor, create } })
  expect(event).toMatchObject({ kind: 'deploy-failed', code: 'hostdevs-differ' })
  expect(host.domains.size).toBe(0)
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a domain whose device is not on vfio-pci is destroyed again', async () => {
  const host = world()
  const ports = portsOf(host)
  const create = async (xml: string) => {
    await memoryHypervisor(host).create(xml)
    const gpu = host.devices.get(GPU)
    if (gpu !== undefined) gpu.driver = 'nouveau'
  }
  const event = await carryOut(DEPLOY, { ...ports, hypervisor: { ...ports.hypervisor, create } })
  expect(event).toMatchObject({ kind: 'deploy-failed', code: 'driver-not-vfio' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('once its undoing has begun there is no way forward, even if it would work now', async () => {
  const host = world()
  host.broken.add('start')
  for (let call = 1; !host.journals.get(1)?.some((entry) => entry.step === 'undo'); call++)
    await run(host, DEPLOY, { call, when: 'after' }).catch(() => null)
  host.broken.clear()
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'deploy-failed', code: 'group-not-viable' })
  expect(host.created).toEqual([])
  expect(driversOf(host)).toEqual(ORIGINAL)
})

function end(host: MemoryHost): Promise<void> {
  return memoryHypervisor(host).destroy([...host.domains.keys()][0] ?? '')
}

test('a guest that ended after it was verified is not started a second time', async () => {
  const host = world()
  await run(host, DEPLOY)
  await end(host)
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'running' })
  expect(host.created).toEqual(['berth-7'])
  expect(host.domains.size).toBe(0)
})

/** A host on which the deploy was killed right after the journal said that. */
async function killedAfter(step: string, state: string): Promise<MemoryHost> {
  for (let call = 1; call < 60; call++) {
    const host = world()
    await run(host, DEPLOY, { call, when: 'after' }).catch(() => null)
    const last = host.journals.get(1)?.at(-1)
    if (last?.step === step && last.state === state) return host
  }
  throw new Error(`the journal never said ${step} ${state}`)
}

test('a guest that ended before it was verified is not started a second time', async () => {
  const host = await killedAfter('create', 'done')
  await end(host)
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'deploy-failed', code: 'domain-ended' })
  expect(host.created).toEqual(['berth-7'])
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a domain that libvirt is still making after its virsh was killed is waited for', async () => {
  const host = world()
  const ports = portsOf(host)
  let late: string | null = null
  const slow = {
    ...ports.hypervisor,
    create: async (xml: string): Promise<void> => {
      if (late !== null)
        throw await memoryHypervisor(host)
          .create(xml)
          .then(
            () => new Error('made twice'),
            (error) => error,
          )
      late = xml
      throw new Crash()
    },
  }
  await expect(carryOut(DEPLOY, { ...ports, hypervisor: slow })).rejects.toThrow(Crash)
  await memoryHypervisor(host).create(late ?? '')
  const hidden = host.now + 5_000
  const find = async (name: string) => (host.now < hidden ? null : ports.hypervisor.find(name))
  expect(await carryOut(DEPLOY, { ...ports, hypervisor: { ...slow, find } })).toMatchObject({
    kind: 'running',
  })
  expect(host.created).toEqual(['berth-7'])
})

test('a virsh that a signal ended has not failed: what libvirt makes of it is waited for', async () => {
  const host = world()
  const ports = portsOf(host)
  let asked: string | null = null
  const create = async (xml: string) => {
    asked = xml
    throw new CommandFailed('virsh-failed', 'virsh was ended by SIGINT', { exitCode: null })
  }
  const sleep = async (ms: number) => {
    await ports.clock.sleep(ms)
    if (asked !== null) await ports.hypervisor.create(asked)
    asked = null
  }
  const interrupted = {
    ...ports,
    hypervisor: { ...ports.hypervisor, create },
    clock: { ...ports.clock, sleep },
  }
  expect(await carryOut(DEPLOY, interrupted)).toMatchObject({ kind: 'running' })
  expect(host.created).toHaveLength(1)
})

test('a reboot in the middle undoes it: what was written down is of another boot', async () => {
  const host = await killedAfter('original-drivers', 'done')
  for (const device of host.devices.values())
    Object.assign(device, { driver: device.natural, override: null })
  host.bootId = 'boot-2'
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'deploy-failed', code: 'host-rebooted' })
  expect(host.created).toEqual([])
})

test('a mate that does not come back keeps its claim, and comes back when the order is tried again', async () => {
  const host = world()
  host.broken.add('start').add(`${AUDIO} bind snd_hda_intel`)
  expect(await run(host, DEPLOY)).toMatchObject({
    ...{ kind: 'release-failed', faults: [{ address: AUDIO }] },
  })
  expect(driversOf(host)).toEqual({ ...ORIGINAL, [AUDIO]: null })
  host.broken.clear()
  expect(await run(host, DEPLOY)).toMatchObject({ kind: 'deploy-failed', code: 'group-not-viable' })
  expect(driversOf(host)).toEqual(ORIGINAL)
})

test('a journal that cannot be written stops everything and undoes nothing', async () => {
  const host = world()
  const ports = portsOf(host)
  const append = async () => {
    throw new Conflict('order-lost', 'somebody else has the order', {})
  }
  const lost = { ...ports, journal: { ...ports.journal, append } }
  await expect(carryOut(DEPLOY, lost)).rejects.toThrow(expect.objectContaining({ code: 'order-lost' }))
  expect(driversOf(host)).toEqual(ORIGINAL)
  expect(host.created).toEqual([])
})
