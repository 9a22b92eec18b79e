/** Reports into a real database: what devices' histories tell of them, and that claims and histories follow a device that is renumbered. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commitPlan } from '../../src/claims/commit.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { listAddressHistory, listDeviceHistory } from '../../src/database/device-history.ts'
import { getDevice, listDevices } from '../../src/database/devices.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { openOrder } from '../../src/database/orders.ts'
import { getVm } from '../../src/database/vms.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { stopVm } from '../../src/lifecycle/ask.ts'
import { compareDomains, markSilent } from '../../src/lifecycle/compare.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { changeHealth } from '../../src/lifecycle/devices.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import type { Address } from '../../src/model/address.ts'
import type { HostReport, ReportedDevice } from '../../src/model/report.ts'
import { startEngines } from '../support/engines.ts'
import { at, id, report, reported } from '../support/reports.ts'

const A = '0000:10:00.0'
const B = '0000:20:00.0'

const { engines, stop } = await startEngines()
afterAll(stop)

const gpu = (
  address: string,
  serial: string | null,
  iommuGroup: number,
  facts: Partial<ReportedDevice> = {},
) => reported(address, { identity: serial === null ? null : `serial:${serial}`, iommuGroup, ...facts })

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('after reports', () => {
    let db: Database
    let host: number
    let now: number
    beforeEach(async () => {
      db = await openDatabase(await fresh(), { migrate: true })
      const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
      host = (await addHost(db, { name: 'kvm-a', ...facts, filter: null, attributes: {} })).id
      now = 100
    })
    afterEach(async () => {
      const wrong = await db.read(checkDatabase)
      await db.close()
      expect(wrong).toEqual([])
    })

    const ingest = (devices: readonly ReportedDevice[], facts: Partial<HostReport> = {}) =>
      ingestReport(db, host, report(devices, facts), ++now)
    const restarted = { bootId: 'boot-2', domains: [] }

    async function lines(address: string, identity: string | null): Promise<string[]> {
      const found = await listDeviceHistory(db.kysely, { host, address: at(address), identity })
      return found.map((line) => `${line.address} ${line.event}: ${line.what}`)
    }

    async function booted(...addresses: string[]) {
      const vm = await createVm(db, 'CPU = 1\nMEMORY = 64\nPCI = [ VENDOR = "10de" ]', {}, now)
      const basis = await db.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf: () => 'on' }))
      const devices = addresses.map((address) => ({ request: 0, address: at(address) }))
      await commitPlan(db, [{ vm: vm.id, host, devices, held: [] }], basis, now)
      const order = (await openOrder(db.kysely, vm.id))?.order.id ?? 0
      return { order, vm: vm.id, host, epoch: 1 }
    }

    async function running(...addresses: string[]): Promise<number> {
      const event = await booted(...addresses)
      await db.transaction((q) => applyEvent(q, { ...event, kind: 'running' }, now))
      return event.vm
    }

    describe('a history tells', () => {
      test('nothing of a device that is new, or that changed its driver', async () => {
        await ingest([gpu(A, '1', 1)])
        await ingest([gpu(A, '1', 1, { driver: 'nvidia' }), gpu(B, '2', 2)])
        expect(await listAddressHistory(db.kysely, host, at(A))).toEqual([])
        expect(await listAddressHistory(db.kysely, host, at(B))).toEqual([])
      })

      test.each([
        ['free, and so forgotten by the inventory', false],
        ['drained, and so kept as missing', true],
      ])('that a device was missing and came back, once each: %s', async (_, drained) => {
        await ingest([gpu(A, '1', 1), gpu(B, '2', 2)])
        if (drained) await changeHealth(db, 'drain', { host, address: at(A), reason: null }, now)
        for (let time = 0; time < 2; time++) await ingest([gpu(B, '2', 2)])
        for (let time = 0; time < 2; time++) await ingest([gpu(A, '1', 1), gpu(B, '2', 2)])
        expect((await lines(A, 'serial:1')).slice(drained ? 1 : 0)).toEqual([
          `${A} missing: not in the host's report any more`,
          `${A} back: in the host's report again`,
        ])
      })

      test('that a device came back in another slot', async () => {
        await ingest([gpu(A, '1', 1)])
        await ingest([])
        await ingest([gpu(B, '1', 1)])
        expect((await lines(B, 'serial:1')).map((line) => line.slice(0, 17))).toEqual([
          `${A} miss`,
          `${B} back`,
        ])
      })

      test('of a swap to both: the new one inherits no line', async () => {
        await ingest([gpu(A, '1', 1)])
        await changeHealth(db, 'drain', { host, address: at(A), reason: 'old' }, now)
        await ingest([gpu(A, '2', 1)])
        expect(await lines(A, 'serial:1')).toEqual([
          `${A} drained: by an operator: old`,
          `${A} missing: another device has its place`,
        ])
        expect(await lines(A, 'serial:2')).toEqual([
          `${A} swapped: came in the place of another: was serial:1, is serial:2`,
        ])
        expect(await listAddressHistory(db.kysely, host, at(A))).toHaveLength(3)
      })

      test('of a swap once where both have the same path', async () => {
        const path = { identity: 'path:0000:00/1c.0/00.0' }
        await ingest([reported(A, path)])
        await ingest([reported(A, { ...path, deviceId: id('2230') })])
        expect(await lines(A, path.identity)).toEqual([
          `${A} swapped: came in the place of another: was 10de:20b0, is 10de:2230`,
        ])
      })

      test('of a swap under a VM, which then holds what is there now', async () => {
        await ingest([gpu(A, '1', 1)])
        const vm = await running(A)
        await ingest([gpu(A, '2', 1)])
        expect(await lines(A, 'serial:1')).toEqual([
          `${A} claimed: passed to VM ${vm}`,
          `${A} missing: another device has its place`,
          `${A} released: lost by VM ${vm}: it is not where it was`,
        ])
        expect((await lines(A, 'serial:2')).map((line) => line.split(' ')[1])).toEqual([
          ...['swapped:', 'quarantined:', 'claimed:'],
        ])
      })

      test('that a device was plugged into a group that a VM holds', async () => {
        await ingest([gpu(A, '1', 1)])
        const vm = await running(A)
        await ingest([gpu(A, '1', 1), gpu(B, '2', 1)])
        expect(await lines(B, 'serial:2')).toEqual([`${B} claimed: held for VM ${vm}`])
      })

      test('what it did before its serial number could be read', async () => {
        await ingest([reported(A, { identity: 'path:0000:00/1c.0/00.0' })])
        await changeHealth(db, 'drain', { host, address: at(A), reason: null }, now)
        await ingest([gpu(A, '1', 1)])
        expect(await lines(A, 'serial:1')).toEqual([`${A} drained: by an operator`])
        await ingest([reported(A, { identity: null, iommuGroup: 1 })])
        expect(await lines(A, 'serial:1')).toHaveLength(1)
      })

      test('by address where a device does not say who it is', async () => {
        await ingest([gpu(A, null, 1)])
        const vm = await running(A)
        await ingest([])
        await ingest([gpu(A, null, 1)])
        expect((await lines(A, null)).map((line) => line.split(': ')[0])).toEqual([
          ...[`${A} claimed`, `${A} missing`, `${A} back`],
        ])
        expect(await listClaims(db.kysely, { vm })).toHaveLength(1)
      })
    })

    describe('of a restart that changed the addresses', () => {
      const before = [gpu(A, '1', 1), gpu(B, '2', 2)]
      const after = [gpu(B, '1', 8), gpu(A, '2', 9)]

      test('histories follow their devices and say so, and what is known of each goes along', async () => {
        await ingest(before)
        await changeHealth(db, 'quarantine', { host, address: at(A), reason: 'hot' }, now)
        await ingest(after, restarted)
        expect(await lines(B, 'serial:1')).toEqual([
          `${A} quarantined: by an operator: hot`,
          `${B} moved: was ${A} before a restart`,
        ])
        expect(await lines(A, 'serial:2')).toEqual([`${A} moved: was ${B} before a restart`])
        expect((await listDevices(db.kysely, host)).map(({ health }) => health)).toEqual([
          'ok',
          'quarantined',
        ])
      })

      test('a device that is gone, and whose address another one has, is missing', async () => {
        await ingest(before)
        await ingest([gpu(A, '2', 9)], restarted)
        expect(await lines(A, 'serial:1')).toEqual([`${A} missing: another device has its place`])
      })

      test('two VMs that meet in one group: the quarantine is told once', async () => {
        await ingest(before)
        const vms = [await running(A), await running(B)]
        const met = [gpu(A, '1', 2), gpu(B, '2', 2)]
        for (let time = 0; time < 3; time++) await ingest(met, restarted)
        const told = (await lines(B, 'serial:2')).filter((line) => line.includes('quarantined'))
        expect(told).toHaveLength(1)
        // Such a claim is what `db check` complains of: they part again when the VMs end.
        for (const vm of vms) await end(vm)
        expect((await getDevice(db.kysely, host, at(B))).health).toBe('quarantined')
      })

      /** The host has no domain of it any more. */
      async function end(vm: number, ...distrusted: readonly Address[]): Promise<void> {
        const times = { observedAt: now + 1, now: now + 1 }
        await db.transaction((q) => compareDomains(q, host, [], times))
        const order = (await openOrder(db.kysely, vm))?.order
        if (!order) throw new Error('no order is open')
        const faults = distrusted.map((address) => ({ address, code: 'device-changed', message: 'm' }))
        const event = { order: order.id, vm, host, epoch: order.epoch, distrusted: faults }
        await db.transaction((q) => applyEvent(q, { ...event, kind: 'released' }, now))
      }

      const claimed = async () =>
        (await listClaims(db.kysely)).map(({ vm, address, iommuGroup }) => [vm, address, iommuGroup])

      test('a running VM’s claim follows, and is released where the device is now', async () => {
        await ingest(before)
        const vm = await running(A)
        await ingest(after, restarted)
        expect(await claimed()).toEqual([[vm, B, 8]])
        await end(vm)
        expect(await lines(B, 'serial:1')).toEqual([
          `${A} claimed: passed to VM ${vm}`,
          `${B} moved: was ${A} before a restart`,
          `${B} released: given back by VM ${vm}`,
        ])
        expect(await claimed()).toEqual([])
      })

      test('so does that of a VM whose host was silent', async () => {
        await ingest(before)
        const vm = await running(A)
        await db.transaction((q) => markSilent(q, host, 'no answer', now))
        await ingest(after, restarted)
        expect(await claimed()).toEqual([[vm, B, 8]])
        await end(vm)
        expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'POWEROFF', host: null })
      })

      test('so does that of a VM that was being stopped; its old order distrusts nobody at the old address', async () => {
        await ingest(before)
        const vm = await running(A)
        await stopVm(db, vm, {}, now)
        await ingest(after, restarted)
        expect(await claimed()).toEqual([[vm, B, 8]])
        expect((await openOrder(db.kysely, vm))?.order).toMatchObject({
          bootId: 'boot-1',
          devices: [{ address: A }],
        })
        await end(vm, at(A))
        expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'POWEROFF' })
        expect((await listDevices(db.kysely, host)).map(({ health }) => health)).toEqual(['ok', 'ok'])
      })

      test('so does that of a VM that was being deployed; its old order blames nobody at the old address', async () => {
        await ingest(before)
        const event = await booted(A)
        await ingest(after, restarted)
        expect(await claimed()).toEqual([[event.vm, B, 8]])
        const faults = [{ address: at(A), code: 'driver-unbind-timeout', message: 'm' }]
        const failed = { kind: 'deploy-failed', code: 'device-changed', message: 'm', faults } as const
        await db.transaction((q) => applyEvent(q, { ...event, ...failed }, now))
        expect(await claimed()).toEqual([])
        expect(await getVm(db.kysely, event.vm)).toMatchObject({ state: 'PENDING' })
        expect((await listDevices(db.kysely, host)).map(({ health }) => health)).toEqual(['ok', 'ok'])
      })

      test('a VM that is off holds nothing that could be lost, and finds the device where it is now', async () => {
        await ingest(before)
        const vm = await running(A)
        await stopVm(db, vm, {}, now)
        await end(vm)
        await ingest(after, restarted)
        expect(await claimed()).toEqual([])
        const picture = await db.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf: () => 'on' }))
        expect(picture.snapshot.hosts[0]?.devices.map(({ claimedBy }) => claimedBy)).toEqual([null, null])
        expect((await lines(B, 'serial:1')).at(-1)).toBe(`${B} moved: was ${A} before a restart`)
      })
    })
  })
})
