/** The database's contract, the same over every engine: what the layers above rely on, on real SQLite and PostgreSQL. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { explainVm } from '../../src/api/read/judge.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { insertClaims, listClaims } from '../../src/database/claims.ts'
import { deleteDevices, listDevices } from '../../src/database/devices.ts'
import { isConstraintViolation } from '../../src/database/failure.ts'
import { insertGroupClaims, listGroupClaims } from '../../src/database/group-claims.ts'
import { listHistory } from '../../src/database/history.ts'
import { getHost, resolveHost } from '../../src/database/hosts.ts'
import { dropLease, findLease, takeLease } from '../../src/database/leases.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { listOrders, openOrder } from '../../src/database/orders.ts'
import type { Queries } from '../../src/database/tables.ts'
import { getVm, listVms, resolveVm } from '../../src/database/vms.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { holdVm, pinVm, releaseVm, startVm, stopVm, terminateVm } from '../../src/lifecycle/ask.ts'
import { compareDomains, markSilent } from '../../src/lifecycle/compare.ts'
import { createTemplate, createVm, deleteTemplate, instantiateTemplate } from '../../src/lifecycle/create.ts'
import { allowDevice, changeHealth } from '../../src/lifecycle/devices.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { fenceHost } from '../../src/lifecycle/fence.ts'
import { addHost, removeHost } from '../../src/lifecycle/hosts.ts'
import type { HostEvent } from '../../src/model/event.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import type { Placement } from '../../src/model/snapshot.ts'
import { appendJournal, loadJournal } from '../../src/orders/journal.ts'
import { renewOrder, takeableOrders, takeOrder } from '../../src/orders/take.ts'
import { startEngines } from '../support/engines.ts'
import { at, domain, report, reported } from '../support/reports.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const GPU = 'CPU = 1\nMEMORY = 1024\nPCI = [ VENDOR = "10de" ]'
const NOW = 1_000_000

const fault = (address: string, message: string, code = 'x') => ({ address: at(address), code, message })

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('database', () => {
    let url: string
    let db: Database
    /** A second program on the same database. */
    let other: Database

    beforeEach(async () => {
      url = await fresh()
      db = await openDatabase(url, { migrate: true })
      other = await openDatabase(url, { migrate: false })
    })
    afterEach(async () => {
      const wrong = await db.read(checkDatabase)
      await db.close()
      await other.close()
      expect(wrong).toEqual([])
    })

    async function hostWith(devices: readonly ReportedDevice[], name = 'kvm-a'): Promise<number> {
      const facts = { cluster: 'default', driver: 'simulator', uri: `/${name}`, enabled: true } as const
      const host = await addHost(db, { name, ...facts, filter: null, attributes: { RACK: '7' } })
      await ingestReport(db, host.id, report(devices), NOW)
      return host.id
    }

    const gpus = (count: number): ReportedDevice[] =>
      Array.from({ length: count }, (_, n) =>
        reported(`0000:${(n + 16).toString(16)}:00.0`, { iommuGroup: n + 1 }),
      )

    const picture = (from: Database = db, now = NOW) =>
      from.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf: () => 'on' }))

    const place = (vm: number, host: number, ...addresses: string[]): Placement => ({
      vm,
      host,
      devices: addresses.map((address) => ({ request: 0, address: at(address) })),
      held: [],
    })

    /** A VM in BOOT with its devices, its order taken. */
    async function booted(host: number, ...addresses: string[]) {
      const vm = await createVm(db, GPU, {}, NOW)
      const { committed } = await commitPlan(db, [place(vm.id, host, ...addresses)], await picture(), NOW)
      expect(committed).toEqual([vm.id])
      const open = await openOrder(db.kysely, vm.id)
      if (!open) throw new Error('no order was written')
      await takeOrder(db.kysely, open.order.id, { holder: 'me', until: NOW + 60_000 }, NOW)
      const { order, epoch } = { order: open.order.id, epoch: open.order.epoch }
      return { id: vm.id, order, event: { order, vm: vm.id, host, epoch } }
    }

    const take = (event: HostEvent, now = NOW + 1) => db.transaction((q) => applyEvent(q, event, now))

    async function running(host: number, ...addresses: string[]) {
      const vm = await booted(host, ...addresses)
      await take({ ...vm.event, kind: 'running' })
      return vm
    }

    async function releaseOrderOf(vm: number) {
      const open = await openOrder(db.kysely, vm)
      if (open?.order.kind !== 'release') throw new Error('no release order is open')
      return open
    }

    async function released(vm: number, host: number) {
      const { order } = await releaseOrderOf(vm)
      return take({ kind: 'released', order: order.id, vm, host, epoch: order.epoch })
    }

    test('two programs name the database by the same cluster id', () => {
      expect(db.cluster).toMatch(/^[0-9a-f-]{36}$/)
      expect(other.cluster).toBe(db.cluster)
    })

    test('a transaction that throws leaves nothing behind', async () => {
      const failing = db.transaction(async (q) => {
        await q.insertInto('templates').values({ name: 't', text: '', created_at: 1 }).execute()
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(await other.kysely.selectFrom('templates').selectAll().execute()).toEqual([])
    })

    test('of two programs that count up at once none is lost', async () => {
      const host = await hostWith([])
      const before = (await getHost(db.kysely, host)).generation
      const bump = (from: Database) =>
        from.transaction(async (q) => {
          const { generation } = await getHost(q, host)
          await q
            .updateTable('hosts')
            .set({ generation: generation + 1 })
            .execute()
        })
      await Promise.all(Array.from({ length: 20 }, (_, n) => bump(n % 2 ? db : other)))
      expect((await getHost(db.kysely, host)).generation).toBe(before + 20)
    })

    test('a host is found by name and by id, and keeps what the operator set', async () => {
      const host = await hostWith([])
      expect(await resolveHost(db.kysely, 'kvm-a')).toMatchObject({
        id: host,
        attributes: { RACK: '7' },
        enabled: true,
      })
      expect((await resolveHost(db.kysely, String(host))).name).toBe('kvm-a')
      await expect(resolveHost(db.kysely, '99')).rejects.toMatchObject({ code: 'unknown-host' })
      await expect(hostWith([])).rejects.toMatchObject({ code: 'host-exists' })
    })

    test('a device is stored with all facts and read back as it was reported', async () => {
      const device = reported('0000:3b:00.0', { iommuGroup: 12, resetMethods: ['flr'], vendorName: 'NVIDIA' })
      const host = await hostWith([device])
      const [stored] = await listDevices(db.kysely, host)
      expect(stored).toMatchObject({ ...device, present: true, allowed: false, health: 'ok', firstSeen: NOW })
    })

    test.each([
      ['a second claim of a device', 2, '0000:10:00.0', 1],
      ['a claim of a group that another VM holds', 2, '0000:11:00.0', 1],
      ['a claim of a group that nobody holds', 2, '0000:11:00.0', 9],
      ['a claim of a device that does not exist', 1, '0000:99:00.0', 1],
    ])('the database itself refuses %s', async (_, which, address, iommuGroup) => {
      const host = await hostWith([
        reported('0000:10:00.0', { iommuGroup: 1 }),
        reported('0000:11:00.0', { iommuGroup: 1, bridge: true }),
      ])
      const first = await running(host, '0000:10:00.0')
      const second = await createVm(db, GPU, {}, NOW)
      const vm = which === 1 ? first.id : second.id
      const claim = { host, vm, request: 0, role: 'passed', identity: null, managed: true } as const
      const attempt = insertClaims(db.kysely, [{ ...claim, address: at(address), iommuGroup }])
      await expect(attempt).rejects.toSatisfy(isConstraintViolation)
    })

    test('the database itself refuses a second holder of an IOMMU group', async () => {
      const host = await hostWith(gpus(1))
      await running(host, '0000:10:00.0')
      const second = await createVm(db, GPU, {}, NOW)
      const attempt = insertGroupClaims(db.kysely, [{ host, iommuGroup: 1, vm: second.id }])
      await expect(attempt).rejects.toSatisfy(isConstraintViolation)
    })

    test('the database itself refuses to forget a claimed device', async () => {
      const host = await hostWith(gpus(1))
      await running(host, '0000:10:00.0')
      await expect(deleteDevices(db.kysely, host, [at('0000:10:00.0')])).rejects.toSatisfy(
        isConstraintViolation,
      )
    })

    test('a commit writes claims, group claims, held mates, the VM and a complete order', async () => {
      const host = await hostWith([
        reported('0000:10:00.0', { iommuGroup: 1, identity: 'serial:1/10de:20b0:0000/0' }),
        reported('0000:10:00.1', { iommuGroup: 1, offered: false }),
        reported('0000:0f:00.0', { iommuGroup: 1, bridge: true, offered: false }),
      ])
      const vm = await booted(host, '0000:10:00.0')
      expect(await getVm(db.kysely, vm.id)).toMatchObject({ state: 'BOOT', host, epoch: 1 })
      expect(
        (await listClaims(db.kysely)).map(({ address, role, iommuGroup }) => [address, role, iommuGroup]),
      ).toEqual([
        ['0000:10:00.0', 'passed', 1],
        ['0000:10:00.1', 'held', 1],
      ])
      expect(await listGroupClaims(db.kysely)).toEqual([{ host, iommuGroup: 1, vm: vm.id }])
      const [order] = await listOrders(db.kysely, { vm: vm.id })
      expect(order?.order).toMatchObject({
        kind: 'deploy',
        ...{ vm: vm.id, host, epoch: 1, cluster: db.cluster, bootId: 'boot-1', hypervisor: 'kvm' },
        definition: { name: `vm-${vm.id}`, memoryMiB: 1024 },
        devices: [
          {
            address: '0000:10:00.0',
            role: 'passed',
            request: 0,
            identity: 'serial:1/10de:20b0:0000/0',
            managed: true,
          },
          { address: '0000:10:00.1', role: 'held', request: null },
        ],
      })
    })

    test('a plan on an old picture of a host conflicts, and nothing of it is written', async () => {
      const host = await hostWith(gpus(2))
      const vm = await createVm(db, GPU, {}, NOW)
      const old = await picture()
      await running(host, '0000:10:00.0')
      const result = await commitPlan(other, [place(vm.id, host, '0000:11:00.0')], old, NOW)
      expect(result).toEqual({ committed: [], conflicted: [vm.id] })
      expect((await getVm(db.kysely, vm.id)).state).toBe('PENDING')
    })

    test('within one plan the second of two VMs that take one device conflicts, the others are committed', async () => {
      const host = await hostWith(gpus(3))
      const vms = await Promise.all([1, 2, 3].map(() => createVm(db, GPU, {}, NOW)))
      const [a = 0, b = 0, c = 0] = vms.map(({ id }) => id).sort((x, y) => x - y)
      const plan = [
        place(a, host, '0000:10:00.0'),
        place(b, host, '0000:10:00.0'),
        place(c, host, '0000:12:00.0'),
      ]
      expect(await commitPlan(db, plan, await picture(), NOW)).toEqual({ committed: [a, c], conflicted: [b] })
      expect(await listHistory(db.kysely, b)).toHaveLength(1)
    })

    test('a VM that was held or terminated meanwhile conflicts', async () => {
      const host = await hostWith(gpus(1))
      const vm = await createVm(db, GPU, {}, NOW)
      const basis = await picture()
      await holdVm(db, vm.id, NOW)
      const result = await commitPlan(db, [place(vm.id, host, '0000:10:00.0')], basis, NOW)
      expect(result.conflicted).toEqual([vm.id])
    })

    test('two schedulers that plan the same devices at once give no device twice', async () => {
      const host = await hostWith(gpus(8))
      const second = await hostWith(gpus(8), 'kvm-b')
      const vms = (await Promise.all(Array.from({ length: 16 }, () => createVm(db, GPU, {}, NOW)))).map(
        ({ id }) => id,
      )
      const plan = (order: readonly number[]) =>
        order.map((vm, n) => place(vm, n % 2 ? host : second, `0000:${(16 + (n >> 1)).toString(16)}:00.0`))
      const [mine, theirs] = await Promise.all([picture(db), picture(other)])
      const results = await Promise.all([
        commitPlan(db, plan(vms), mine, NOW),
        commitPlan(other, plan([...vms].reverse()), theirs, NOW),
      ])
      const committed = results.flatMap((result) => result.committed)
      expect(new Set(committed).size).toBe(committed.length)
      const claims = await listClaims(db.kysely)
      expect(new Set(claims.map(({ host: on, address }) => `${on} ${address}`)).size).toBe(claims.length)
      expect(claims.length).toBe(committed.length)
      expect(committed.length).toBeGreaterThan(0)
    })

    test('an order is taken by one, kept while its lease runs, and taken over after', async () => {
      const host = await hostWith(gpus(1))
      const vm = await createVm(db, GPU, {}, NOW)
      await commitPlan(db, [place(vm.id, host, '0000:10:00.0')], await picture(), NOW)
      const [waiting] = await takeableOrders(db.kysely, host, NOW)
      const id = waiting?.order.id ?? 0
      const lease = (holder: string, until: number) => ({ holder, until })
      const racers = [db, other, db, other].map((from, n) =>
        takeOrder(from.kysely, id, lease(`h${n}`, NOW + 10), NOW),
      )
      const winners = (await Promise.all(racers)).filter((won) => won !== null)
      expect(winners).toHaveLength(1)
      const holder = winners[0]?.holder ?? ''
      expect(await takeableOrders(db.kysely, host, NOW + 9)).toEqual([])
      expect(await renewOrder(db.kysely, id, lease(holder, NOW + 20))).toBe(true)
      expect(await takeOrder(db.kysely, id, lease('late', NOW + 30), NOW + 19)).toBeNull()
      expect(await takeOrder(db.kysely, id, lease('late', NOW + 30), NOW + 20)).toMatchObject({ attempts: 2 })
      expect(await renewOrder(db.kysely, id, lease(holder, NOW + 40))).toBe(false)
    })

    test('a journal is read in the order it was written, and only the holder writes it', async () => {
      const host = await hostWith(gpus(1))
      const { order } = await booted(host, '0000:10:00.0')
      const entry = { step: 'bind', state: 'begun', facts: { driver: null } } as const
      await appendJournal(db.kysely, order, 'me', entry, NOW)
      await appendJournal(db.kysely, order, 'me', { ...entry, state: 'done' }, NOW)
      const stranger = appendJournal(db.kysely, order, 'you', entry, NOW)
      await expect(stranger).rejects.toMatchObject({ code: 'order-lost' })
      expect(await loadJournal(other.kysely, order)).toEqual([entry, { ...entry, state: 'done' }])
    })

    test('a lease has one holder until it expires or is dropped', async () => {
      const lease = (holder: string, expiresAt: number) => ({ name: 'serve', holder, expiresAt })
      expect(await takeLease(db.kysely, lease('a', 10), 1)).toBe(true)
      expect(await takeLease(other.kysely, lease('b', 20), 9)).toBe(false)
      expect(await takeLease(db.kysely, lease('a', 15), 9)).toBe(true)
      expect(await takeLease(other.kysely, lease('b', 20), 15)).toBe(true)
      expect(await findLease(db.kysely, 'serve', 19)).toEqual(lease('b', 20))
      expect(await findLease(db.kysely, 'serve', 20)).toBeNull()
      await dropLease(db.kysely, 'serve', 'a')
      expect(await findLease(db.kysely, 'serve', 19)).not.toBeNull()
      await dropLease(db.kysely, 'serve', 'b')
      expect(await findLease(db.kysely, 'serve', 19)).toBeNull()
    })

    test('running, stopped, started: devices are claimed until they are back', async () => {
      const host = await hostWith(gpus(1))
      const vm = await running(host, '0000:10:00.0')
      expect(await getVm(db.kysely, vm.id)).toMatchObject({ state: 'RUNNING', failures: 0 })
      await stopVm(db, vm.id, { graceSeconds: 5 }, NOW)
      expect((await releaseOrderOf(vm.id)).order).toMatchObject({
        ...{ epoch: 1, graceSeconds: 5 },
        devices: [{ address: '0000:10:00.0', iommuGroup: 1 }],
      })
      expect(await listClaims(db.kysely, { vm: vm.id })).toHaveLength(1)
      await released(vm.id, host)
      expect(await getVm(db.kysely, vm.id)).toMatchObject({ state: 'POWEROFF', host: null })
      expect(await listClaims(db.kysely)).toEqual([])
      expect(await listGroupClaims(db.kysely)).toEqual([])
      expect((await startVm(db, vm.id, NOW)).state).toBe('PENDING')
    })

    test('a deploy that fails three times ends in BOOT_FAILURE, with a growing delay before', async () => {
      const host = await hostWith(gpus(1))
      const vm = await createVm(db, GPU, {}, NOW)
      const seen: unknown[] = []
      for (let now = NOW; seen.length < 3; now += 100_000) {
        const { committed } = await commitPlan(
          db,
          [place(vm.id, host, '0000:10:00.0')],
          await picture(db, now),
          now,
        )
        expect(committed).toEqual([vm.id])
        const { order } = (await openOrder(db.kysely, vm.id)) ?? {}
        const event = { order: order?.id ?? 0, vm: vm.id, host, epoch: order?.epoch ?? 0 }
        await take({ ...event, kind: 'deploy-failed', code: 'x', message: 'no such disk' }, now)
        const { state, notBefore } = await getVm(db.kysely, vm.id)
        seen.push([state, Math.max(0, notBefore - now)])
      }
      expect(seen).toEqual([
        ['PENDING', 10_000],
        ['PENDING', 30_000],
        ['BOOT_FAILURE', 0],
      ])
      expect(await listClaims(db.kysely)).toEqual([])
      expect((await getVm(db.kysely, vm.id)).message).toContain('no such disk')
    })

    test('a delayed VM is not in the picture before its time', async () => {
      const host = await hostWith(gpus(1))
      const vm = await booted(host, '0000:10:00.0')
      await take({ ...vm.event, kind: 'deploy-failed', code: 'x', message: 'm' }, NOW)
      expect((await picture(db, NOW + 9_999)).snapshot.vms).toEqual([])
      expect((await picture(db, NOW + 10_000)).snapshot.vms).toHaveLength(1)
    })

    test('an event of an old epoch or told twice changes nothing and is noted', async () => {
      const host = await hostWith(gpus(1))
      const vm = await booted(host, '0000:10:00.0')
      expect((await take({ ...vm.event, order: 999, kind: 'running' })).applied).toBe(false)
      const old = await take({ ...vm.event, epoch: 0, kind: 'deploy-failed', code: 'x', message: 'm' })
      expect(old.applied).toBe(false)
      expect((await take({ ...vm.event, kind: 'running' })).applied).toBe(true)
      expect((await take({ ...vm.event, kind: 'running' })).applied).toBe(false)
      expect((await getVm(db.kysely, vm.id)).state).toBe('RUNNING')
      expect(
        (await listHistory(db.kysely, vm.id)).filter(({ what }) => what.startsWith('ignored')),
      ).toHaveLength(3)
    })

    test('a release that fails waits longer each time, and its device is quarantined the second time', async () => {
      const host = await hostWith(gpus(1))
      const vm = await running(host, '0000:10:00.0')
      await terminateVm(db, vm.id, {}, NOW)
      const seen: unknown[] = []
      for (const now of [NOW + 1, NOW + 50_000]) {
        const { order } = await releaseOrderOf(vm.id)
        await takeOrder(db.kysely, order.id, { holder: 'me', until: now + 1 }, now)
        const failed = { code: 'x', message: 'stuck', faults: [fault('0000:10:00.0', 'stuck')] }
        await take({ kind: 'release-failed', order: order.id, vm: vm.id, host, epoch: 1, ...failed }, now)
        const [device] = await listDevices(db.kysely, host)
        seen.push([(await releaseOrderOf(vm.id)).notBefore - now, device?.health, device?.healthReason])
      }
      expect(seen).toEqual([
        [10_000, 'ok', null],
        [20_000, 'quarantined', 'stuck'],
      ])
      expect(await listClaims(db.kysely)).toHaveLength(1)
      await released(vm.id, host)
      expect((await getVm(db.kysely, vm.id)).state).toBe('DONE')
      expect((await picture()).snapshot.hosts[0]?.devices[0]?.health).toBe('quarantined')
    })

    test('a device that came back in the end has not failed in a row', async () => {
      const host = await hostWith(gpus(1))
      const vm = await booted(host, '0000:10:00.0')
      const failed = { code: 'x', message: 'stuck', faults: [fault('0000:10:00.0', 'stuck')] }
      await take({ ...vm.event, kind: 'release-failed', ...failed })
      expect((await listDevices(db.kysely, host))[0]?.failures).toBe(1)
      await take({ ...vm.event, kind: 'deploy-failed', code: 'x', message: 'm' })
      expect((await listDevices(db.kysely, host))[0]?.failures).toBe(0)
    })

    test.each([
      ['stop', 'POWEROFF'],
      ['terminate', 'DONE'],
    ] as const)('%s before the deploy was begun withdraws it', async (ask, state) => {
      const host = await hostWith(gpus(1))
      const vm = await createVm(db, GPU, {}, NOW)
      await commitPlan(db, [place(vm.id, host, '0000:10:00.0')], await picture(), NOW)
      await (ask === 'stop' ? stopVm : terminateVm)(db, vm.id, {}, NOW)
      expect(await getVm(db.kysely, vm.id)).toMatchObject({ state, host: null })
      expect(await takeableOrders(db.kysely, host, NOW)).toEqual([])
      expect(await listClaims(db.kysely)).toEqual([])
    })

    test('terminate during a deploy takes effect when the deploy has ended, well or badly', async () => {
      const host = await hostWith(gpus(2))
      const well = await booted(host, '0000:10:00.0')
      const badly = await booted(host, '0000:11:00.0')
      for (const vm of [well, badly]) expect((await terminateVm(db, vm.id, {}, NOW)).state).toBe('BOOT')
      await take({ ...well.event, kind: 'running' })
      await take({ ...badly.event, kind: 'deploy-failed', code: 'x', message: 'm' })
      expect((await getVm(db.kysely, badly.id)).state).toBe('DONE')
      expect((await getVm(db.kysely, well.id)).state).toBe('SHUTDOWN')
      await released(well.id, host)
      expect((await getVm(db.kysely, well.id)).state).toBe('DONE')
    })

    test('a stop after a terminate takes nothing back', async () => {
      const host = await hostWith(gpus(1))
      const vm = await booted(host, '0000:10:00.0')
      await terminateVm(db, vm.id, {}, NOW)
      await stopVm(db, vm.id, {}, NOW)
      await take({ ...vm.event, kind: 'deploy-failed', code: 'x', message: 'm' })
      expect((await getVm(db.kysely, vm.id)).state).toBe('DONE')
    })

    test('terminate during a stop only changes where it leads', async () => {
      const host = await hostWith(gpus(1))
      const vm = await running(host, '0000:10:00.0')
      await stopVm(db, vm.id, {}, NOW)
      await terminateVm(db, vm.id, {}, NOW)
      expect(await listOrders(db.kysely, { vm: vm.id, states: ['waiting'] })).toHaveLength(1)
      await released(vm.id, host)
      expect((await getVm(db.kysely, vm.id)).state).toBe('DONE')
    })

    test('what cannot be asked in a state is refused with the state and what is possible', async () => {
      const vm = await createVm(db, GPU, { hold: true }, NOW)
      await expect(stopVm(db, vm.id, {}, NOW)).rejects.toMatchObject({
        code: 'vm-state',
        message: expect.stringContaining(
          'VM 1 is HOLD, so it cannot stop; possible: release, terminate, deploy',
        ),
      })
      expect((await releaseVm(db, vm.id, NOW)).state).toBe('PENDING')
      await terminateVm(db, vm.id, {}, NOW)
      await expect(terminateVm(db, vm.id, {}, NOW)).rejects.toMatchObject({ code: 'vm-state' })
      expect(await listVms(db.kysely)).toEqual([])
    })

    test('a VM is found by id, by its name, and not once it is gone', async () => {
      const vm = await createVm(db, GPU, { name: 'train' }, NOW)
      expect((await resolveVm(db.kysely, 'train')).id).toBe(vm.id)
      expect((await resolveVm(db.kysely, String(vm.id))).name).toBe('train')
      await terminateVm(db, vm.id, {}, NOW)
      await expect(resolveVm(db.kysely, 'train')).rejects.toMatchObject({ code: 'unknown-vm' })
    })

    test('a wrong template makes no VM', async () => {
      await expect(createVm(db, 'CPU = [', {}, NOW)).rejects.toMatchObject({ code: 'template-syntax' })
      expect(await listVms(db.kysely)).toEqual([])
    })

    test('a pinned VM asks for its host alone', async () => {
      const host = await hostWith(gpus(1))
      const vm = await createVm(db, GPU, {}, NOW)
      await pinVm(db, vm.id, host, NOW)
      expect((await picture()).snapshot.vms[0]?.onlyHost).toBe(host)
    })

    test('a host that a waiting VM asks for is not removed', async () => {
      const host = await hostWith(gpus(1))
      const vm = await createVm(db, GPU, {}, NOW)
      await pinVm(db, vm.id, host, NOW)
      await expect(removeHost(db, host)).rejects.toMatchObject({ code: 'host-in-use' })
      await terminateVm(db, vm.id, {}, NOW)
      await removeHost(db, host)
    })

    test('templates are stored once per name, instantiated, and deleted without their VMs', async () => {
      const text = `NAME = "gpu"\n${GPU}`
      await createTemplate(db, text, undefined, NOW)
      await expect(createTemplate(db, text, undefined, NOW)).rejects.toMatchObject({
        code: 'template-exists',
      })
      const vm = await instantiateTemplate(db, 'gpu', { name: 'mine', priority: 3 }, NOW)
      await deleteTemplate(db, 'gpu')
      expect(await getVm(db.kysely, vm.id)).toMatchObject({
        name: 'mine',
        priority: 3,
        template: text,
        cpu: 100,
      })
      await expect(instantiateTemplate(db, 'gpu', {}, NOW)).rejects.toMatchObject({
        code: 'unknown-template',
      })
    })

    test('a domain that ended behind our back is released; one that is there is left alone', async () => {
      const host = await hostWith(gpus(2))
      const [there, gone] = [await running(host, '0000:10:00.0'), await running(host, '0000:11:00.0')]
      const mark = { cluster: db.cluster, vm: there.id, epoch: 1 }
      const domains = [domain('a', { berth: mark }), domain('foreign')]
      const times = { observedAt: NOW + 10, now: NOW + 11 }
      const result = await db.transaction((q) => compareDomains(q, host, domains, times))
      expect(result).toEqual([{ vm: gone.id, from: 'RUNNING', to: 'SHUTDOWN' }])
      await released(gone.id, host)
      expect((await getVm(db.kysely, gone.id)).state).toBe('POWEROFF')
    })

    test('a domain that lost a device behind our back keeps its claim, and says so once', async () => {
      const host = await hostWith(gpus(2))
      const vm = await running(host, '0000:10:00.0', '0000:11:00.0')
      const berth = { cluster: db.cluster, vm: vm.id, epoch: 1 }
      const [whole, part] = [[at('0000:10:00.0'), at('0000:11:00.0')], [at('0000:10:00.0')]]
      let now = NOW + 10
      const compare = (hostdevs: typeof whole) => {
        const times = { observedAt: ++now, now }
        return db.transaction((q) => compareDomains(q, host, [domain('d', { berth, hostdevs })], times))
      }
      const message = async () => (await getVm(db.kysely, vm.id)).message
      expect([await compare(whole), await message()]).toEqual([[], null])
      for (let time = 0; time < 2; time++) expect(await compare(part)).toEqual([])
      expect(await message()).toContain('does not have 0000:11:00.0 any more')
      expect((await listHistory(db.kysely, vm.id)).filter(({ what }) => /any more/.test(what))).toHaveLength(
        1,
      )
      expect(await listClaims(db.kysely, { vm: vm.id })).toHaveLength(2)
      await db.transaction((q) => markSilent(q, host, 'timeout', now++))
      expect(await message()).toBe('host kvm-a does not answer: timeout')
      expect(await compare(part)).toEqual([{ vm: vm.id, from: 'UNKNOWN', to: 'RUNNING' }])
      expect(await message()).toContain('does not have 0000:11:00.0 any more')
      await compare(whole)
      expect(await message()).toBeNull()
    })

    test('a picture older than the VM judges nothing', async () => {
      const host = await hostWith(gpus(1))
      const vm = await running(host, '0000:10:00.0')
      await db.transaction((q) => compareDomains(q, host, [], { observedAt: NOW, now: NOW + 5 }))
      expect((await getVm(db.kysely, vm.id)).state).toBe('RUNNING')
    })

    test('a silent host makes its VMs UNKNOWN; back again they are RUNNING or released', async () => {
      const host = await hostWith(gpus(2))
      const [there, gone] = [await running(host, '0000:10:00.0'), await running(host, '0000:11:00.0')]
      await db.transaction((q) => markSilent(q, host, 'timeout', NOW + 2))
      expect((await listVms(db.kysely)).map(({ state }) => state)).toEqual(['UNKNOWN', 'UNKNOWN'])
      const domains = [domain('a', { berth: { cluster: db.cluster, vm: there.id, epoch: 1 } })]
      await db.transaction((q) => compareDomains(q, host, domains, { observedAt: NOW + 10, now: NOW + 11 }))
      expect((await getVm(db.kysely, there.id)).state).toBe('RUNNING')
      expect((await getVm(db.kysely, gone.id)).state).toBe('SHUTDOWN')
    })

    test('a domain of an epoch that is not the VM’s is an orphan, holds its device, and is not touched', async () => {
      const host = await hostWith(gpus(2))
      const vm = await running(host, '0000:10:00.0')
      const orphan = domain('old', {
        hostdevs: [at('0000:11:00.0')],
        berth: { cluster: db.cluster, vm: vm.id, epoch: 7 },
      })
      const own = domain('own', {
        hostdevs: [at('0000:10:00.0')],
        berth: { cluster: db.cluster, vm: vm.id, epoch: 1 },
      })
      await ingestReport(db, host, report(gpus(2), { domains: [orphan, own] }), NOW)
      const result = await db.transaction((q) =>
        compareDomains(q, host, [orphan, own], { observedAt: NOW + 10, now: NOW + 11 }),
      )
      expect(result).toEqual([])
      const [device] = (await picture()).snapshot.hosts
      expect(device?.devices.map(({ address, inUseByHost }) => [address, inUseByHost]).sort()).toEqual([
        ['0000:10:00.0', false],
        ['0000:11:00.0', true],
      ])
    })

    test('a VM whose given-up domain still runs is not started beside it', async () => {
      const host = await hostWith(gpus(1))
      const vm = await running(host, '0000:10:00.0')
      const berth = { cluster: db.cluster, vm: vm.id, epoch: 1 }
      const twin = domain('berth-1', { hostdevs: [at('0000:10:00.0')], berth })
      await db.transaction((q) => markSilent(q, host, 'timeout', NOW + 2))
      await fenceHost(db, host, NOW + 3)
      await startVm(db, vm.id, NOW + 4)
      expect((await picture()).snapshot.vms).toHaveLength(1)
      await ingestReport(db, host, report(gpus(1), { domains: [twin] }), NOW + 5)
      const { snapshot, unplannable } = await picture()
      expect(snapshot.vms).toEqual([])
      const message = expect.stringContaining('berth-1 of epoch 1 still runs on kvm-a')
      expect(unplannable).toMatchObject([{ vm: vm.id, message }])
      const question = { vmOf: (q: Queries) => getVm(q, vm.id), now: NOW, seenBy: null }
      expect((await explainVm(db, question, new AbortController().signal))?.message).toEqual(message)
      await ingestReport(db, host, report(gpus(1)), NOW + 6)
      expect((await picture()).snapshot.vms).toHaveLength(1)
    })

    test('a fenced host gives its VMs and devices back, but not while it answers', async () => {
      const host = await hostWith(gpus(2))
      const vm = await running(host, '0000:10:00.0')
      const booting = await booted(host, '0000:11:00.0')
      await expect(fenceHost(db, host, NOW)).rejects.toMatchObject({
        ...{ code: 'host-answers', facts: { vms: [vm.id, booting.id] } },
      })
      await db.transaction((q) => markSilent(q, host, 'timeout', NOW + 2))
      expect(await fenceHost(db, host, NOW + 3)).toEqual([vm.id, booting.id])
      expect((await take({ ...booting.event, kind: 'running' })).applied).toBe(false)
      expect(await getVm(db.kysely, vm.id)).toMatchObject({ state: 'POWEROFF', host: null })
      expect(await listClaims(db.kysely)).toEqual([])
    })

    test('a VM without devices frees its cores too, when it ends', async () => {
      const host = await hostWith([])
      const vm = await createVm(db, 'CPU = 1\nMEMORY = 1024', {}, NOW)
      await commitPlan(db, [place(vm.id, host)], await picture(), NOW)
      const before = await picture()
      expect(before.snapshot.hosts[0]?.usedCpu).toBe(100)
      await stopVm(db, vm.id, {}, NOW)
      const after = await picture()
      expect(after.snapshot.hosts[0]?.usedCpu).toBe(0)
      expect(after.generations.get(host)).toBe((before.generations.get(host) ?? 0) + 1)
    })

    test('a host is removed with its devices, but not while a VM is on it', async () => {
      const host = await hostWith(gpus(1))
      const vm = await running(host, '0000:10:00.0')
      await expect(removeHost(db, host)).rejects.toMatchObject({ code: 'host-in-use' })
      await terminateVm(db, vm.id, {}, NOW)
      await released(vm.id, host)
      await removeHost(db, host)
      expect(await listDevices(db.kysely, host)).toEqual([])
    })

    test('what an operator says of a device shows in the next picture, and old plans conflict', async () => {
      const usage = [{ address: at('0000:10:00.0'), reason: 'mount', detail: '/' }] as const
      const host = await hostWith(gpus(1))
      await ingestReport(db, host, report(gpus(1), { usage }), NOW)
      const device = async () => (await picture()).snapshot.hosts[0]?.devices[0]
      expect(await device()).toMatchObject({ inUseByHost: true, health: 'ok' })
      const before = (await picture()).generations.get(host) ?? 0
      await allowDevice(db, host, at('0000:10:00.0'), true, NOW)
      expect(await device()).toMatchObject({ inUseByHost: false })
      const drained = { host, address: at('0000:10:00.0'), reason: 'to be replaced' }
      await changeHealth(db, 'drain', drained, NOW)
      expect(await device()).toMatchObject({ health: 'drained' })
      expect((await picture()).generations.get(host)).toBe(before + 2)
      await expect(allowDevice(db, host, at('0000:77:00.0'), true, NOW)).rejects.toMatchObject({
        code: 'unknown-device',
      })
    })

    test('the picture counts what VMs take of a host', async () => {
      const host = await hostWith(gpus(2))
      await running(host, '0000:10:00.0')
      const [seen] = (await picture()).snapshot.hosts
      expect(seen).toMatchObject({
        ...{ cpu: 6400, usedCpu: 100, memoryMiB: 65_536, usedMemoryMiB: 1024, runningVms: 1 },
        ...{ passthroughReady: true, ungroupedAllowed: false, attributes: { RACK: '7' } },
      })
      expect(seen?.devices.map(({ claimedBy }) => claimedBy).sort()).toEqual([1, null])
    })
  })
})
