/** Reports into a real database: what is written, what advances the generation, what is refused whole. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import { releaseClaims } from '../../src/claims/release.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { listDevices } from '../../src/database/devices.ts'
import { listDomains } from '../../src/database/domains.ts'
import { listGroupClaims } from '../../src/database/group-claims.ts'
import { listHistory } from '../../src/database/history.ts'
import { getHost } from '../../src/database/hosts.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { openOrder } from '../../src/database/orders.ts'
import { reportFromJson } from '../../src/inventory/document.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { compareDomains } from '../../src/lifecycle/compare.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { allowDevice, changeHealth } from '../../src/lifecycle/devices.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import { hostReportToDocument } from '../../src/model/host-report-document.ts'
import type { HostReport, ReportedDevice } from '../../src/model/report.ts'
import { startEngines } from '../support/engines.ts'
import { at, CAPACITY, domain, report, reported } from '../support/reports.ts'

const A = '0000:10:00.0'
const B = '0000:20:00.0'

const { engines, stop } = await startEngines()
afterAll(stop)

const PASSTHROUGH = {
  ...{ upstream: at('0000:00:01.0'), acs: true, flr: true, resettable: true },
  ...{ barSizes: [4096, 0, 0, 0, 0, 0], msi: true, irq: 20, rom: true, reservedMemory: false },
}

const gpu = (address: string, serial: string, iommuGroup: number, facts: Partial<ReportedDevice> = {}) =>
  reported(address, { identity: `serial:${serial}`, iommuGroup, ...facts })

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('a report', () => {
    let db: Database
    let host: number
    beforeEach(async () => {
      db = await openDatabase(await fresh(), { migrate: true })
      const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
      host = (await addHost(db, { name: 'kvm-a', ...facts, filter: null, attributes: {} })).id
    })
    afterEach(() => db.close())

    const ingest = (devices: readonly ReportedDevice[], facts: Partial<HostReport> = {}, now = 100) =>
      ingestReport(db, host, report(devices, facts), now)
    const generation = async () => (await getHost(db.kysely, host)).generation
    const picture = () => db.read((q) => readSnapshot(q, { policy: 'pack', now: 100, stateOf: () => 'on' }))
    const wrong = () => db.read(checkDatabase)

    test('of a newer probe tells more of a row that an older one wrote, and disturbs no plan', async () => {
      await ingest([gpu(A, '1', 1)])
      const [{ facts } = { facts: '' }] = await db.kysely.selectFrom('devices').select('facts').execute()
      const { passthrough: _, ...older } = JSON.parse(facts)
      await db.transaction((q) =>
        q
          .updateTable('devices')
          .set({ facts: JSON.stringify(older) })
          .execute(),
      )
      expect((await listDevices(db.kysely, host))[0]?.passthrough).toBeNull()
      const before = await generation()
      await ingest([gpu(A, '1', 1, { passthrough: PASSTHROUGH })])
      expect((await listDevices(db.kysely, host))[0]?.passthrough).toEqual(PASSTHROUGH)
      expect([await generation(), await wrong()]).toEqual([before, []])
    })

    async function runningVm(...addresses: string[]): Promise<number> {
      const vm = await createVm(db, 'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "10de" ]', {}, 50)
      const devices = addresses.map((address) => ({ request: 0, address: at(address) }))
      const { committed } = await commitPlan(
        db,
        [{ vm: vm.id, host, devices, held: [] }],
        await picture(),
        50,
      )
      expect(committed).toEqual([vm.id])
      const order = (await openOrder(db.kysely, vm.id))?.order.id ?? 0
      const event = { kind: 'running', order, vm: vm.id, host, epoch: 1 } as const
      await db.transaction((q) => applyEvent(q, event, 60))
      return vm.id
    }

    test('a first report gives the host its devices, capacity and boot', async () => {
      const result = await ingest([gpu(A, '1', 1)])
      expect(result).toMatchObject({ added: [A], advanced: true, newBoot: false })
      expect(await getHost(db.kysely, host)).toMatchObject({
        bootId: 'boot-1',
        capacity: CAPACITY,
        reportedAt: 100,
      })
    })

    test('the same report again is a heartbeat: its time is noted, the generation stays', async () => {
      await ingest([gpu(A, '1', 1)])
      const before = await generation()
      const result = await ingest([gpu(A, '1', 1)], {}, 200)
      expect(result.advanced).toBe(false)
      expect(await getHost(db.kysely, host)).toMatchObject({ generation: before, reportedAt: 200 })
    })

    test('a boot id that could not be read is no new boot', async () => {
      await ingest([gpu(A, '1', 1)])
      expect((await ingest([gpu(A, '1', 1)], { bootId: null })).newBoot).toBe(false)
      expect((await getHost(db.kysely, host)).bootId).toBe('boot-1')
    })

    describe('does a report advance the generation?', () => {
      const usage = [{ address: at(A), reason: 'mount', detail: '/data' }] as const
      const devices = [gpu(A, '1', 1)]
      test.each<[string, Partial<HostReport>, boolean]>([
        ['the same again', {}, false],
        ['no boot id this time', { bootId: null }, false],
        ['another boot', { bootId: 'boot-2' }, true],
        ['a device that the host begins to use', { usage }, true],
        ['more memory', { capacity: { ...CAPACITY, memoryKiB: 1 } }, true],
        ['fewer cores', { capacity: { ...CAPACITY, cpus: 2 } }, true],
        ['another driver', { devices: devices.map((device) => ({ ...device, driver: 'nvidia' })) }, false],
        ['another name', { devices: devices.map((device) => ({ ...device, deviceName: 'A100' })) }, false],
        [
          'a VF beside it',
          { devices: [...devices, gpu(B, '1/vf0', 2, { kind: 'vf', parent: at(A) })] },
          true,
        ],
        ['no device', { devices: [] }, true],
        ['a foreign domain that holds it', { domains: [domain('d', { hostdevs: [at(A)] })] }, true],
        ['a foreign domain that holds nothing', { domains: [domain('d')] }, false],
        ['an unknown set of domains', { domains: null }, false],
      ])('%s', async (_, facts, advances) => {
        await ingest(devices)
        const before = await generation()
        expect((await ingest(devices, facts, 200)).advanced).toBe(advances)
        expect(await generation()).toBe(before + (advances ? 1 : 0))
      })
    })

    describe('domains', () => {
      const foreign = domain('desktop', { hostdevs: [at(A)] })

      test('a foreign domain that takes a device takes it from allocation, and gives it back', async () => {
        await ingest([gpu(A, '1', 1)])
        expect((await ingest([gpu(A, '1', 1)], { domains: [foreign] })).advanced).toBe(true)
        expect((await picture()).snapshot.hosts[0]?.devices[0]?.inUseByHost).toBe(true)
        expect((await ingest([gpu(A, '1', 1)], { domains: [] })).advanced).toBe(true)
        expect((await picture()).snapshot.hosts[0]?.devices[0]?.inUseByHost).toBe(false)
      })

      test('a domain without devices is noted and matters to nobody', async () => {
        await ingest([gpu(A, '1', 1)])
        expect((await ingest([gpu(A, '1', 1)], { domains: [domain('desktop')] })).advanced).toBe(false)
        expect((await listDomains(db.kysely, host)).map(({ name }) => name)).toEqual(['desktop'])
      })

      test('no word of an operator gives away what a foreign domain holds', async () => {
        await ingest([gpu(A, '1', 1)], { domains: [foreign] })
        await allowDevice(db, host, at(A), true, 1)
        expect((await picture()).snapshot.hosts[0]?.devices[0]?.inUseByHost).toBe(true)
      })

      test('a libvirt that could not be asked leaves what is known', async () => {
        await ingest([gpu(A, '1', 1)], { domains: [foreign] })
        expect((await ingest([gpu(A, '1', 1)], { domains: null })).advanced).toBe(false)
        expect(await listDomains(db.kysely, host)).toHaveLength(1)
      })

      test('another database’s domain on the host is foreign', async () => {
        await ingest([gpu(A, '1', 1)])
        const vm = await runningVm(A)
        const theirs = domain('theirs', { hostdevs: [at(A)], berth: { cluster: 'other', vm, epoch: 1 } })
        await ingest([gpu(A, '1', 1)], { domains: [theirs] })
        expect((await picture()).snapshot.hosts[0]?.devices[0]?.inUseByHost).toBe(true)
      })
    })

    test('a claimed device that vanishes stays, missing, and is not in the picture', async () => {
      await ingest([gpu(A, '1', 1)])
      const vm = await runningVm(A)
      expect(await ingest([])).toMatchObject({ missing: [A], vanished: [] })
      expect((await listDevices(db.kysely, host))[0]).toMatchObject({
        address: A,
        present: false,
        lastSeen: 100,
      })
      expect((await picture()).snapshot.hosts[0]?.devices).toEqual([])
      expect(await listClaims(db.kysely, { vm })).toHaveLength(1)
      expect(await wrong()).toEqual([])
    })

    test('a released device that had vanished is forgotten, unless it is quarantined', async () => {
      await ingest([gpu(A, '1', 1), gpu(B, '2', 2)])
      const vms = [await runningVm(A), await runningVm(B)]
      await changeHealth(db, 'quarantine', { host, address: at(B), reason: 'does not reset' }, 70)
      await ingest([])
      for (const vm of vms) await db.transaction((q) => releaseClaims(q, { id: vm, host }, 'given back', 110))
      expect((await listDevices(db.kysely, host)).map(({ address }) => address)).toEqual([B])
      await ingest([gpu(A, '1', 1), gpu(B, '2', 2)])
      expect((await listDevices(db.kysely, host)).map(({ health }) => health)).toEqual(['ok', 'quarantined'])
    })

    describe('within one boot groups are held as they are now', () => {
      test('a missing device’s group number that the kernel gave to another is that one’s', async () => {
        await ingest([gpu(A, '1', 1)])
        await runningVm(A)
        await ingest([gpu(B, '2', 1)])
        expect(await wrong()).toEqual([])
        const other = await runningVm(B)
        expect(await listGroupClaims(db.kysely)).toEqual([{ host, iommuGroup: 1, vm: other }])
        expect(await wrong()).toEqual([])
      })

      test('a device that came back in another group takes its claim there', async () => {
        await ingest([gpu(A, '1', 1)])
        const vm = await runningVm(A)
        await ingest([])
        expect((await ingest([gpu(A, '1', 7)])).advanced).toBe(true)
        expect(await listGroupClaims(db.kysely)).toEqual([{ host, iommuGroup: 7, vm }])
        expect(await wrong()).toEqual([])
      })

      test('what is plugged into a held group is held with it, and old plans conflict', async () => {
        await ingest([gpu(A, '1', 1)])
        const vm = await runningVm(A)
        const before = await generation()
        await ingest([gpu(A, '1', 1), gpu(B, '2', 1)])
        expect(await listClaims(db.kysely, { vm })).toMatchObject([
          { role: 'passed' },
          { address: B, role: 'held' },
        ])
        expect(await generation()).toBe(before + 1)
        expect((await ingest([gpu(A, '1', 1), gpu(B, '2', 1)])).advanced).toBe(false)
        expect(await wrong()).toEqual([])
      })
    })

    test('after a restart claims follow their devices, groups are those of the new boot, and the VM is released there', async () => {
      await ingest([gpu(A, '1', 1), gpu(B, '2', 2)])
      const vm = await runningVm(A)
      const devices = [gpu(B, '1', 8), gpu(A, '2', 9)]
      const result = await ingest(devices, { bootId: 'boot-2', domains: [] })
      expect(result).toMatchObject({ newBoot: true, advanced: true })
      expect(await listClaims(db.kysely)).toMatchObject([
        { vm, address: B, iommuGroup: 8, identity: 'serial:1' },
      ])
      expect(await listGroupClaims(db.kysely)).toEqual([{ host, iommuGroup: 8, vm }])
      await db.transaction((q) => compareDomains(q, host, [], { observedAt: 150, now: 160 }))
      expect((await openOrder(db.kysely, vm))?.order).toMatchObject({
        ...{ kind: 'release', bootId: 'boot-2' },
        devices: [{ address: B, iommuGroup: 8, identity: 'serial:1' }],
      })
      expect(await wrong()).toEqual([])
    })

    test('after a restart two VMs that meet in one group: the second’s device is quarantined, nothing is lost', async () => {
      await ingest([gpu(A, '1', 1), gpu(B, '2', 2)])
      const [first, second] = [await runningVm(A), await runningVm(B)]
      await ingest([gpu(A, '1', 5), gpu(B, '2', 5)], { bootId: 'boot-2' })
      const [a, b] = await listDevices(db.kysely, host)
      expect([a?.health, b?.health]).toEqual(['ok', 'quarantined'])
      expect((await listClaims(db.kysely)).map(({ vm }) => vm)).toEqual([first, second])
      expect((await wrong()).map(({ code }) => code).sort()).toEqual([
        'claim-group-differs',
        'group-not-whole',
      ])
    })

    test('after a restart a device whose address another claimed one took is told to its VM', async () => {
      await ingest([gpu(A, '1', 1), gpu(B, '2', 2)])
      const [lost] = [await runningVm(A), await runningVm(B)]
      await ingest([gpu(A, '2', 1)], { bootId: 'boot-2' })
      expect((await listHistory(db.kysely, lost)).at(-1)?.what).toBe(
        `lost ${A} (10de:20b0): gone after a restart`,
      )
    })

    describe('a report that contradicts itself is refused whole', () => {
      const pf = gpu(A, '1', 1, { kind: 'pf' })
      const vf = gpu(B, '2', 2, { kind: 'vf', parent: at(A) })
      const hex = (n: number) => n.toString(16).padStart(2, '0')
      const crowd = (most: number) =>
        Array.from({ length: most }, (_, n) => gpu(`0000:${hex(n >> 5)}:${hex(n & 31)}.0`, `c${n}`, 7))
      test.each<[string, Partial<HostReport>, string]>([
        ['an address twice', { devices: [pf, vf, pf] }, '/devices/2/address'],
        ['a VF whose parent is not in it', { devices: [vf] }, '/devices/0/parent'],
        ['a VF that is its own parent', { devices: [{ ...vf, parent: at(B) }] }, '/devices/0/parent'],
        ['a VF without a parent', { devices: [{ ...vf, parent: null }] }, '/devices/0/parent'],
        ['a parent of what is no VF', { devices: [pf, { ...vf, kind: 'plain' }] }, '/devices/1/parent'],
        ['more devices in a group than a machine has', { devices: crowd(1025) }, '/devices/1024/iommuGroup'],
        ['a domain twice', { domains: [domain('a'), domain('a')] }, '/domains/1/uuid'],
      ])('%s', async (_, facts, pointer) => {
        await ingest([pf])
        const before = [await listDevices(db.kysely, host), await getHost(db.kysely, host)]
        const refused = (async () => ingestReport(db, host, report([], facts), 200))()
        await expect(refused).rejects.toMatchObject({ code: 'report-contradiction', facts: { pointer } })
        expect([await listDevices(db.kysely, host), await getHost(db.kysely, host)]).toEqual(before)
      })
    })
  })
})

describe.each(engines)('$engine', ({ skip, fresh }) => {
  test.skipIf(skip)(
    'an allowed device is given only when its group mate is not in use either, and not once swapped',
    async () => {
      const db = await openDatabase(await fresh(), { migrate: true })
      const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
      const { id: host } = await addHost(db, { name: 'kvm-a', ...facts, filter: null, attributes: {} })
      await createVm(db, 'MEMORY = 64\nPCI = [ VENDOR = "10de" ]', {}, 1)
      const mate = reported(B, { iommuGroup: 1, offered: false })
      const used = (...addresses: string[]) =>
        addresses.map((address) => ({ address: at(address), reason: 'mount', detail: '/data' }) as const)
      const planned = async (device: ReportedDevice, ...addresses: string[]) => {
        await ingestReport(db, host, report([device, mate], { usage: used(...addresses) }), 1)
        const read = await db.read((q) => readSnapshot(q, { policy: 'pack', now: 1, stateOf: () => 'on' }))
        return planCluster(read.snapshot).placements.flatMap(({ devices }) =>
          devices.map(({ address }) => address),
        )
      }
      const device = gpu(A, '1', 1)
      expect(await planned(device, A, B)).toEqual([])
      await allowDevice(db, host, at(A), true, 1)
      expect(await planned(device, A, B)).toEqual([])
      expect(await planned(device, A)).toEqual([A])
      await allowDevice(db, host, at(B), true, 1)
      expect(await planned(device, A, B)).toEqual([A])
      expect(await planned(gpu(A, '2', 1), A, B)).toEqual([])
      await db.close()
    },
  )
})

describe('a report as JSON', () => {
  const sentBy = (passthrough: unknown) => {
    const [device] = hostReportToDocument(report([gpu(A, '1', 1)])).devices
    return {
      ...JSON.parse(JSON.stringify(hostReportToDocument(report([])))),
      devices: [{ ...device, passthrough }],
    }
  }

  test('that a probe of an earlier version wrote is taken in, what it does not tell being unknown', () => {
    const document = JSON.parse(JSON.stringify(sentBy(undefined)))
    expect(document.devices[0]).not.toHaveProperty('passthrough')
    expect(reportFromJson(document).devices[0]?.passthrough).toBeNull()
  })

  test('that tells what diagnosis rests on keeps it', () => {
    expect(reportFromJson(sentBy(PASSTHROUGH)).devices[0]?.passthrough).toEqual(PASSTHROUGH)
  })

  test.each([
    ['of another form', { ...PASSTHROUGH, barSizes: [-1] }, 'report-invalid'],
    ['in a place that cannot be', { ...PASSTHROUGH, upstream: '0000:00:20.0' }, 'report-invalid'],
  ])('with such facts %s is refused', (_, passthrough, code) => {
    expect(() => reportFromJson(sentBy(passthrough))).toThrow(expect.objectContaining({ code }))
  })

  test('is the report that was sent', () => {
    const sent = report([gpu(A, '1', 1)], { domains: [domain('d', { hostdevs: [at(A)] })] })
    expect(reportFromJson(JSON.parse(JSON.stringify(hostReportToDocument(sent))))).toEqual(sent)
  })

  test.each<[string, unknown, string]>([
    ['nothing', null, ''],
    ['another schema', { schema: 'berth.host-report/9' }, '/schema'],
    ['a device that is a number', { devices: [7] }, '/devices/0'],
    [
      'a VM whose number no database takes',
      {
        domains: [
          {
            ...hostReportToDocument(report([], { domains: [domain('d')] })).domains?.[0],
            berth: { cluster: 'c', vm: 2 ** 31, epoch: 1 },
          },
        ],
      },
      '/domains/0/berth/vm',
    ],
    ['a capacity below nothing', { capacity: { ...CAPACITY, cpus: -1 } }, '/capacity/cpus'],
  ])('that holds %s is refused with the place', (_, wrongPart, pointer) => {
    const whole = JSON.parse(JSON.stringify(hostReportToDocument(report([gpu(A, '1', 1)]))))
    const document: unknown =
      typeof wrongPart === 'object' && wrongPart !== null ? { ...whole, ...wrongPart } : wrongPart
    expect(() => reportFromJson(document)).toThrow(
      expect.objectContaining({ code: 'report-invalid', facts: expect.objectContaining({ pointer }) }),
    )
  })
})
