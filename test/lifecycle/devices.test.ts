/** A device's good name on real databases: what operators say, what failures make of it, and what its history tells. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import {
  DEVICE_HISTORY_KEPT,
  listAddressHistory,
  listDeviceHistory,
  writeDeviceHistory,
} from '../../src/database/device-history.ts'
import { getDevice } from '../../src/database/devices.ts'
import { getHost } from '../../src/database/hosts.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { openOrder } from '../../src/database/orders.ts'
import { getVm } from '../../src/database/vms.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { startVm, stopVm, terminateVm } from '../../src/lifecycle/ask.ts'
import { markSilent } from '../../src/lifecycle/compare.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { allowDevice, changeHealth, type DeviceAction } from '../../src/lifecycle/devices.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { fenceHost } from '../../src/lifecycle/fence.ts'
import { addHost, removeHost } from '../../src/lifecycle/hosts.ts'
import type { DeviceFault, VmEvent } from '../../src/model/event.ts'
import { takeOrder } from '../../src/orders/take.ts'
import { startEngines } from '../support/engines.ts'
import { at, report, reported } from '../support/reports.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const GPU = at('0000:10:00.0')
const MATE = at('0000:10:00.1')
const IDENTITY = 'serial:1/10de:20b0::/0'

const fault = (code = 'driver-not-bound', address = GPU): DeviceFault => ({
  address,
  code,
  message: 'it does not bind',
})
const failed = { kind: 'deploy-failed', code: 'driver-not-bound', message: 'it does not bind' } as const

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('a device', () => {
    let db: Database
    let host: number
    let now: number
    const inventory = [
      reported(GPU, { iommuGroup: 1, identity: IDENTITY }),
      reported(MATE, { iommuGroup: 1, identity: null, offered: false }),
    ]

    beforeEach(async () => {
      db = await openDatabase(await fresh(), { migrate: true })
      const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
      host = (await addHost(db, { name: 'kvm-a', ...facts, filter: null, attributes: {} })).id
      now = 1000
      await ingestReport(db, host, report(inventory), now)
    })
    afterEach(async () => {
      const wrong = await db.read(checkDatabase)
      await db.close()
      expect(wrong).toEqual([])
    })

    const ask = (action: DeviceAction, reason: string | null = null, address = GPU) =>
      changeHealth(db, action, { host, address, reason }, now)
    const device = (address = GPU) => getDevice(db.kysely, host, address)
    const lines = async (address = GPU, identity: string | null = IDENTITY) =>
      (await listDeviceHistory(db.kysely, { host, address, identity })).map(
        ({ event, vm, what }) => `${event}${vm === null ? '' : ` ${vm}`}: ${what}`,
      )

    /** Null = nothing was free. */
    async function booted(id?: number): Promise<Pick<VmEvent, 'order' | 'vm' | 'host' | 'epoch'> | null> {
      now += 100_000
      const vm = id ?? (await createVm(db, 'MEMORY = 64\nPCI = [ VENDOR = "10de" ]', {}, now)).id
      const basis = await db.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf: () => 'on' }))
      const plan = planCluster({ ...basis.snapshot, vms: basis.snapshot.vms.filter((one) => one.id === vm) })
      const { committed } = await commitPlan(db, plan.placements, basis, now)
      if (committed.length === 0) return null
      return openEvent(vm)
    }

    async function openEvent(vm: number) {
      const { order } = (await openOrder(db.kysely, vm)) ?? {}
      if (!order) throw new Error('no order is open')
      await takeOrder(db.kysely, order.id, { holder: 'me', until: now + 60_000 }, now)
      return { order: order.id, vm, host, epoch: order.epoch }
    }

    const take = (event: VmEvent) => db.transaction((q) => applyEvent(q, event, now))

    async function must(placed: ReturnType<typeof booted>) {
      const event = await placed
      if (event === null) throw new Error('it was not placed')
      return event
    }

    async function running() {
      const event = await must(booted())
      await take({ ...event, kind: 'running' })
      return event
    }

    async function released(vm: number, distrusted: readonly DeviceFault[] = []) {
      return take({
        ...(await openEvent(vm)),
        kind: 'released',
        ...(distrusted.length > 0 && { distrusted }),
      })
    }

    describe('and operators', () => {
      test('drained, it is given to nobody; undrained, it is given again', async () => {
        const { generation } = await getHost(db.kysely, host)
        expect(await ask('drain', 'firmware')).toMatchObject({ health: 'drained', healthReason: 'firmware' })
        expect((await getHost(db.kysely, host)).generation).toBe(generation + 1)
        expect(await booted()).toBeNull()
        expect(await ask('undrain')).toMatchObject({ health: 'ok', healthReason: null })
        await running()
        expect((await lines()).slice(0, 2)).toEqual([
          'drained: by an operator: firmware',
          'undrained: by an operator',
        ])
      })

      test('a VM that has it keeps it when it is drained, and gives it back as drained', async () => {
        const { vm } = await running()
        await ask('drain')
        expect(await listClaims(db.kysely, { vm })).toHaveLength(2)
        await terminateVm(db, vm, {}, now)
        await released(vm)
        expect((await device()).health).toBe('drained')
        expect(await booted()).toBeNull()
      })

      test('quarantined, its group is not given either', async () => {
        await ask('quarantine', 'smells', MATE)
        expect(await booted()).toBeNull()
        await ask('clear', 'aired', MATE)
        await running()
        expect((await lines(MATE, null)).slice(0, 2)).toEqual([
          'quarantined: by an operator: smells',
          'cleared: by an operator: aired',
        ])
      })

      test('a plan made before it was drained conflicts', async () => {
        const vm = await createVm(db, 'MEMORY = 64\nPCI = [ VENDOR = "10de" ]', {}, now)
        const basis = await db.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf: () => 'on' }))
        const { placements } = planCluster(basis.snapshot)
        await ask('drain')
        expect(await commitPlan(db, placements, basis, now)).toEqual({ committed: [], conflicted: [vm.id] })
      })

      test.each<[DeviceAction, readonly DeviceAction[], string]>([
        ['undrain', [], 'in service, so it cannot be undrained; possible: drain, quarantine'],
        ['clear', [], 'in service, so it cannot be cleared; possible: drain, quarantine'],
        ['drain', ['drain'], 'drained (r), so it cannot be drained; possible: undrain, quarantine'],
        ['clear', ['drain'], 'drained (r), so it cannot be cleared'],
        ['drain', ['quarantine'], 'quarantined (r), so it cannot be drained; possible: clear'],
        ['undrain', ['drain', 'quarantine'], 'quarantined (r), so it cannot be undrained; possible: clear'],
        ['quarantine', ['quarantine'], 'quarantined (r), so it cannot be quarantined; possible: clear'],
      ])('%s after %j is refused, and nothing is written', async (action, before, words) => {
        for (const one of before) await ask(one, 'r')
        const was = [await device(), await lines()]
        const message = expect.stringContaining(`device ${GPU} of host kvm-a is ${words}`)
        await expect(ask(action, 'r')).rejects.toMatchObject({ code: 'device-state', message })
        expect([await device(), await lines()]).toEqual(was)
      })

      test('a quarantine without a reason, an unknown device and an unknown host are refused', async () => {
        await expect(ask('quarantine')).rejects.toMatchObject({ code: 'reason-missing' })
        await expect(ask('drain', null, at('77:00.0'))).rejects.toMatchObject({ code: 'unknown-device' })
        const elsewhere = { host: 99, address: GPU, reason: null }
        await expect(changeHealth(db, 'drain', elsewhere, now)).rejects.toMatchObject({
          code: 'unknown-host',
        })
      })

      test('what they allow is remembered', async () => {
        await allowDevice(db, host, GPU, true, now)
        await allowDevice(db, host, GPU, false, now)
        expect(await lines()).toEqual([
          'allowed: by an operator: may be given although the host uses it',
          'allowed: by an operator: not where the host uses it',
        ])
      })
    })

    describe('that cannot be attached', () => {
      async function fails(faults: readonly DeviceFault[], id?: number) {
        const event = await must(booted(id))
        await take({ ...event, ...failed, ...(faults.length > 0 && { faults }) })
        const { health, failures } = await device()
        return [health, failures]
      }

      test('three times in a row is quarantined, whichever VM it was for, and cleared has a clean slate', async () => {
        expect(await fails([fault()])).toEqual(['ok', 1])
        expect(await fails([fault()])).toEqual(['ok', 2])
        expect(await fails([fault()])).toEqual(['quarantined', 3])
        expect((await device()).healthReason).toBe('3 failures in a row: it does not bind')
        expect((await getVm(db.kysely, 3)).message).toContain(`quarantined: ${GPU}`)
        expect(await booted()).toBeNull()
        expect((await lines()).slice(-4)).toEqual([
          'claimed 3: passed to VM 3',
          'failed 3: not attached to VM 3: it does not bind',
          'quarantined 3: 3 failures in a row: it does not bind',
          'released 3: given back by VM 3: its deploy failed',
        ])
        expect(await ask('clear')).toMatchObject({ health: 'ok', failures: 0 })
        expect(await fails([fault()])).toEqual(['ok', 1])
      })

      test('is forgiven by one success', async () => {
        await fails([fault()])
        await fails([fault()])
        const { vm } = await running()
        expect((await device()).failures).toBe(0)
        await terminateVm(db, vm, {}, now)
        await released(vm)
        expect(await fails([fault()])).toEqual(['ok', 1])
      })

      test('is neither blamed nor forgiven where the VM itself does not start', async () => {
        await fails([fault()])
        expect(await fails([])).toEqual(['ok', 1])
        expect(await fails([fault('driver-not-bound', MATE)])).toEqual(['ok', 1])
        expect((await device(MATE)).failures).toBe(1)
        expect((await lines()).filter((line) => line.startsWith('failed'))).toHaveLength(1)
      })

      test('because the kernel hangs in it is quarantined at once', async () => {
        expect(await fails([fault('driver-unbind-timeout')])).toEqual(['quarantined', 1])
        expect((await device()).healthReason).toBe('it does not bind')
        expect((await device(MATE)).health).toBe('ok')
      })

      test('is quarantined even when it is drained', async () => {
        const event = await must(booted())
        await ask('drain')
        await take({ ...event, ...failed, faults: [fault('driver-probe-timeout')] })
        expect((await device()).health).toBe('quarantined')
      })

      test('says nothing of a device that the VM does not hold', async () => {
        const stranger = at('0000:55:00.0')
        await ingestReport(
          db,
          host,
          report([...inventory, reported(stranger, { iommuGroup: 9, offered: false })]),
          now,
        )
        await fails([fault('driver-unbind-timeout', stranger)])
        expect((await device(stranger)).health).toBe('ok')
      })
    })

    describe('that does not come back', () => {
      const stuck = { kind: 'release-failed', code: 'driver-unbind-timeout', message: 'stuck' } as const

      test('because the kernel hangs in it is quarantined at once, and stays with its VM until it is back', async () => {
        const { vm } = await running()
        await terminateVm(db, vm, {}, now)
        await take({ ...(await openEvent(vm)), ...stuck, faults: [fault('driver-unbind-timeout')] })
        expect((await device()).health).toBe('quarantined')
        expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'SHUTDOWN' })
        expect((await getVm(db.kysely, vm)).message).toContain(`quarantined: ${GPU}`)
        expect(await listClaims(db.kysely, { vm })).toHaveLength(2)
        now += 100_000
        await released(vm)
        expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'DONE' })
        expect((await device()).health).toBe('quarantined')
      })

      test('once, after it could not be attached once, is quarantined: nothing of it worked', async () => {
        const first = await must(booted())
        await take({ ...first, ...failed, faults: [fault()] })
        const second = await must(booted())
        await take({ ...second, ...stuck, faults: [fault()] })
        expect(await device()).toMatchObject({ health: 'quarantined', failures: 2 })
        await take({ ...second, ...failed })
        expect((await device()).health).toBe('quarantined')
      })
    })

    describe('that comes back other than it was', () => {
      const silent = { address: GPU, code: 'config-unreadable', message: 'it does not answer' }

      test('is quarantined while its VM ends, and its mate is free', async () => {
        const { vm } = await running()
        await terminateVm(db, vm, {}, now)
        const { what } = await released(vm, [silent])
        expect(what).toBe(`VM ${vm} is DONE; quarantined: ${GPU}`)
        expect(await listClaims(db.kysely)).toEqual([])
        expect(await device()).toMatchObject({ health: 'quarantined', healthReason: 'it does not answer' })
        expect((await device(MATE)).health).toBe('ok')
        expect((await lines()).slice(-3)).toEqual([
          `failed ${vm}: back from VM ${vm}, not as it was: it does not answer`,
          `quarantined ${vm}: it does not answer`,
          `released ${vm}: given back by VM ${vm}`,
        ])
        expect(await booted()).toBeNull()
      })

      test('is quarantined after a deploy that was undone, too', async () => {
        const event = await must(booted())
        await take({ ...event, kind: 'deploy-failed', code: 'x', message: 'm', distrusted: [silent] })
        expect((await device()).health).toBe('quarantined')
        expect(await getVm(db.kysely, event.vm)).toMatchObject({ state: 'PENDING' })
      })

      test('and fell out of the inventory meanwhile is not forgotten', async () => {
        const { vm } = await running()
        await stopVm(db, vm, {}, now)
        await ingestReport(db, host, report([]), now)
        await released(vm, [silent])
        expect(await device()).toMatchObject({ present: false, health: 'quarantined' })
      })

      test('is not told twice when its event comes twice', async () => {
        const { vm } = await running()
        await stopVm(db, vm, {}, now)
        const event: VmEvent = { ...(await openEvent(vm)), kind: 'released', distrusted: [silent] }
        await take(event)
        const was = await lines()
        expect((await take(event)).applied).toBe(false)
        expect(await lines()).toEqual(was)
      })
    })

    describe('has a history', () => {
      test('of the VMs that had it, passed or held', async () => {
        const { vm } = await running()
        await stopVm(db, vm, {}, now)
        await released(vm)
        const given = [`released ${vm}: given back by VM ${vm}`]
        expect(await lines()).toEqual([`claimed ${vm}: passed to VM ${vm}`, ...given])
        expect(await lines(MATE, null)).toEqual([`claimed ${vm}: held for VM ${vm}`, ...given])
      })

      test('of a VM that gave up its deploy, and of one whose host was fenced', async () => {
        const { vm } = await running()
        await db.transaction((q) => markSilent(q, host, 'no answer', now))
        await fenceHost(db, host, now)
        expect((await lines()).at(-1)).toBe(`released ${vm}: taken from VM ${vm}: the host was fenced`)
        await startVm(db, vm, now)
        const basis = await db.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf: () => 'on' }))
        await commitPlan(db, planCluster(basis.snapshot).placements, basis, now)
        await stopVm(db, vm, {}, now)
        expect((await lines()).at(-1)).toBe(`released ${vm}: given up by VM ${vm}: its deploy was withdrawn`)
      })

      test('that does not grow, and keeps the last word about its claim', async () => {
        const { vm } = await running()
        const line = { host, address: GPU, identity: IDENTITY, event: 'drained', vm: null } as const
        for (let n = 0; n < DEVICE_HISTORY_KEPT + 20; n++)
          await db.transaction((q) => writeDeviceHistory(q, [{ ...line, what: `${n}` }], now))
        const kept = await lines()
        expect(kept).toHaveLength(DEVICE_HISTORY_KEPT + 1)
        expect([kept[0], kept[1], kept.at(-1)]).toEqual([
          `claimed ${vm}: passed to VM ${vm}`,
          'drained: 20',
          `drained: ${DEVICE_HISTORY_KEPT + 19}`,
        ])
        expect(await lines(MATE, null)).toHaveLength(1)
      })

      test('that goes with its host', async () => {
        await ask('drain')
        await removeHost(db, host)
        expect(await listAddressHistory(db.kysely, host, GPU)).toEqual([])
      })
    })
  })
})
