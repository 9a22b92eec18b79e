/** The kept picture of hosts on each engine: after each kind of change it is what a fresh reading gives, and nothing else is read again. */
import type { KyselyPlugin } from 'kysely'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planCluster } from '../../scheduler/plan/plan.ts'
import { type KeptDevices, keepDevices } from '../../src/api/read/kept-devices.ts'
import { commitAttach } from '../../src/claims/attach.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import { getHost } from '../../src/database/hosts.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { openOrder } from '../../src/database/orders.ts'
import { getVm } from '../../src/database/vms.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { type KeptHosts, keepHosts } from '../../src/inventory/kept-hosts.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { readHosts } from '../../src/inventory/snapshot-hosts.ts'
import { stopVm } from '../../src/lifecycle/ask.ts'
import { markSilent } from '../../src/lifecycle/compare.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { allowDevice, changeHealth } from '../../src/lifecycle/devices.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { fenceHost } from '../../src/lifecycle/fence.ts'
import { addHost, removeHost, setHostEnabled } from '../../src/lifecycle/hosts.ts'
import { wishVfs } from '../../src/lifecycle/sriov.ts'
import { recordedState } from '../../src/model/host.ts'
import type { HostReport } from '../../src/model/report.ts'
import { statesAsKept, statesAsListed } from '../support/device-states.ts'
import { startEngines } from '../support/engines.ts'
import { hostsAsKept, hostsAsRead } from '../support/pictures.ts'
import { at, CAPACITY, domain, id, report, reported } from '../support/reports.ts'
import { CONTROLLER, usb } from '../support/usb.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const GPU = '0000:10:00.0'
const SPARE = '0000:20:00.0'
const PF = '0000:40:00.0'
const DEVICES = [
  reported(GPU, { iommuGroup: 1 }),
  reported(SPARE, { iommuGroup: 2 }),
  reported(PF, { iommuGroup: 4, kind: 'pf', totalVfs: 8, vendorId: id('8086'), classId: id('0200') }),
  reported(CONTROLLER, { iommuGroup: 7, classId: id('0c03'), vendorId: id('8086') }),
]
const CHECK = { id: 'kvm', required: true, evidence: 'e', remedy: null } as const
const FAULT = { address: at(GPU), code: 'driver-unbind-timeout', message: 'm' }

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('the kept picture', () => {
    let db: Database
    let kept: KeptHosts
    let keptDevices: KeptDevices
    let host: number
    let other: number
    let vm: number
    let now = 1000
    beforeEach(async () => {
      db = await openDatabase(await fresh(), { migrate: true })
      kept = keepHosts()
      keptDevices = keepDevices()
      const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
      host = (await addHost(db, { name: 'a', ...facts, filter: null, attributes: {} })).id
      other = (await addHost(db, { name: 'b', ...facts, filter: null, attributes: { RACK: 'r1' } })).id
      await told({})
      vm = (await createVm(db, 'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "10de" ]', {}, now)).id
      await place()
      await ended('running')
      await hostsAsKept(db, kept)
      await statesAsKept(db, keptDevices)
      now += 10
    })
    afterEach(() => db.close())

    const told = (facts: Partial<HostReport>) =>
      ingestReport(db, host, report(DEVICES, { usb: [usb('1-2')], ...facts }), now)
    const basisNow = () => db.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf: () => 'on' }))
    const place = async () => {
      const basis = await basisNow()
      await commitPlan(db, planCluster(basis.snapshot).placements, basis, now)
    }
    const ended = async (kind: 'running' | 'released' | 'release-failed') => {
      const { order } = (await openOrder(db.kysely, vm)) ?? {}
      const event = { order: order?.id ?? 0, vm, host, epoch: order?.epoch ?? 0 }
      const failed = { kind: 'release-failed', code: 'x', message: 'm', faults: [FAULT] } as const
      await db.transaction((q) =>
        applyEvent(q, kind === 'release-failed' ? { ...event, ...failed } : { ...event, kind }, now),
      )
    }
    const silent = () => db.transaction((q) => markSilent(q, host, 'no answer', now))
    const attach = async () => {
      const { template, epoch } = await getVm(db.kysely, vm)
      const { generation } = await getHost(db.kysely, host)
      const placement = { vm, host, devices: [{ request: 1, address: at(SPARE) }], held: [] }
      const part = { managed: true }
      const check = async () => {}
      const plan = { vm: { id: vm, epoch, template }, placement, part, generation, template, check }
      expect(await commitAttach(db, plan, now)).not.toBeNull()
    }

    test.each<[string, ...(() => Promise<unknown>)[]]>([
      ['another VM was placed', () => createVm(db, 'MEMORY = 64', {}, now), place],
      ['a running VM gets one more device', attach],
      ['a VM is gone', () => stopVm(db, vm, {}, now), () => ended('released')],
      [
        'a device that does not come back is quarantined',
        () => stopVm(db, vm, {}, now),
        () => ended('release-failed'),
      ],
      ['the host is silent', silent],
      ['the host was fenced', silent, () => fenceHost(db, host, now)],
      ['the host is disabled', () => setHostEnabled(db, host, false)],
      [
        'a device is drained',
        () => changeHealth(db, 'drain', { host, address: at(SPARE), reason: null }, now),
      ],
      ['virtual functions are wanted', () => wishVfs(db, host, at(PF), { numVfs: 4, autoprobe: true }, now)],
      ['a device vanished', () => told({ devices: DEVICES.slice(0, 2) })],
      [
        'a device has another driver',
        () => told({ devices: DEVICES.map((one) => ({ ...one, driver: 'x' })) }),
      ],
      [
        'a device is in another group',
        () => told({ devices: DEVICES.map((one) => ({ ...one, iommuGroup: 9 })) }),
      ],
      [
        'the host uses a device',
        () => told({ usage: [{ address: at(SPARE), reason: 'mount', detail: '/data' }] }),
      ],
      ['a stranger has a device', () => told({ domains: [domain('stranger', { hostdevs: [at(SPARE)] })] })],
      ['a USB device is plugged in', () => told({ usb: [usb('1-2'), usb('1-3')] })],
      ['a USB device has another number', () => told({ usb: [{ ...usb('1-2'), device: 77 }] })],
      [
        'a stranger has a USB device',
        () => told({ domains: [domain('stranger', { usbHostdevs: [{ bus: 1, device: 3 }] })] }),
      ],
      ['the host has more memory', () => told({ capacity: { ...CAPACITY, memoryKiB: 2 ** 30 } })],
      [
        'the host is not ready any more',
        () => told({ readiness: { ready: false, checks: [{ ...CHECK, status: 'missing' }] } }),
      ],
      ['a host was removed', () => removeHost(db, other)],
    ])('is that of a fresh reading when %s', async (_, ...changes) => {
      const before = await hostsAsRead(db)
      for (const change of changes) await change()
      const after = await hostsAsRead(db)
      expect(after.hosts).not.toEqual(before.hosts)
      expect(await hostsAsKept(db, kept)).toEqual(after)
      expect(await statesAsKept(db, keptDevices)).toEqual(await statesAsListed(db))
    })

    test('is that of a fresh reading when an operator allows what the host uses', async () => {
      await told({ usage: [{ address: at(SPARE), reason: 'mount', detail: '/data' }] })
      await hostsAsKept(db, kept)
      await allowDevice(db, host, at(SPARE), true, now)
      expect(await hostsAsKept(db, kept)).toEqual(await hostsAsRead(db))
    })

    test('of a host of which nothing changed is not read again, also where another one changed', async () => {
      const read = () => db.read((q) => readHosts(q, { stateOf: () => 'on', kept }))
      const before = await read()
      await changeHealth(db, 'drain', { host, address: at(SPARE), reason: null }, now)
      const after = await read()
      expect(after.hosts[1]).toBe(before.hosts[1])
      expect(after.hosts[0]).not.toBe(before.hosts[0])
    })

    test('is not that of another reading, of an older state, which ends meanwhile', async () => {
      const older = [...kept]
      await changeHealth(db, 'drain', { host, address: at(SPARE), reason: null }, now)
      const ends: KyselyPlugin = {
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          for (const [id, one] of older) kept.set(id, one)
          return result
        },
      }
      const { hosts } = await db.read((q) => readHosts(q.withPlugin(ends), { stateOf: recordedState, kept }))
      const spare = hosts[0]?.devices.find(({ address }) => address === SPARE)
      expect(spare?.health).toBe('drained')
      expect(await hostsAsKept(db, kept)).toEqual(await hostsAsRead(db))
    })

    test('knows a host that another program added, and forgets one that is gone', async () => {
      await removeHost(db, other)
      const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
      const added = await addHost(db, { name: 'c', ...facts, filter: null, attributes: {} })
      expect(await hostsAsKept(db, kept)).toEqual(await hostsAsRead(db))
      expect([...kept.keys()]).toEqual([host, added.id])
    })

    test('asked for one host alone keeps the others', async () => {
      const one = await db.read((q) => readHosts(q, { hosts: [other], stateOf: () => 'on', kept }))
      expect(one.hosts.map(({ name }) => name)).toEqual(['b'])
      expect([...kept.keys()]).toEqual([host, other])
    })
  })
})
