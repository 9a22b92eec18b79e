/** USB devices in a real database, on each engine: reports, claims, constraints, what plans see. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import { releaseClaims } from '../../src/claims/release.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listDomains } from '../../src/database/domains.ts'
import { deleteHost, getHost } from '../../src/database/hosts.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { openOrder } from '../../src/database/orders.ts'
import { insertUsbClaims, listUsbClaims } from '../../src/database/usb-claims.ts'
import { listUsbDevices } from '../../src/database/usb-devices.ts'
import { getVm } from '../../src/database/vms.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { stopVm } from '../../src/lifecycle/ask.ts'
import { bindDevice } from '../../src/lifecycle/bind.ts'
import { compareDomains } from '../../src/lifecycle/compare.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import type { HostReport } from '../../src/model/report.ts'
import type { ReportedUsbDevice } from '../../src/model/usb-device.ts'
import { startEngines } from '../support/engines.ts'
import { domain, id, report, reported } from '../support/reports.ts'
import { CONTROLLER, usb } from '../support/usb.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const XHCI = reported(CONTROLLER, { classId: id('0c03'), iommuGroup: 7 })
const TABLET = usb('1-2', { serial: '42', identity: 'serial:0627:0001:42' })
const KEYBOARD = usb('1-3')
const TEMPLATE = 'MEMORY = 64\nUSB = [ VENDOR = "0627", PRODUCT = "0001" ]'

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('USB', () => {
    let db: Database
    let host: number
    beforeEach(async () => {
      db = await openDatabase(await fresh(), { migrate: true })
      const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
      host = (await addHost(db, { name: 'h', ...facts, filter: null, attributes: {} })).id
    })
    afterEach(() => db.close())

    const ingest = (devices: readonly ReportedUsbDevice[] | null, facts: Partial<HostReport> = {}) =>
      ingestReport(db, host, report([XHCI], { ...(devices !== null && { usb: devices }), ...facts }), 100)
    const picture = () => db.read((q) => readSnapshot(q, { policy: 'pack', now: 100, stateOf: () => 'on' }))
    const seen = async () => (await picture()).snapshot.hosts[0]
    const vm = async (template = TEMPLATE) => (await createVm(db, template, {}, 1)).id
    const place = async () => {
      const basis = await picture()
      const plan = planCluster(basis.snapshot)
      return { plan, ...(await commitPlan(db, plan.placements, basis, 100)) }
    }
    const sound = async () => expect(await db.read(checkDatabase)).toEqual([])
    const running = async (one: number) => {
      const order = (await openOrder(db.kysely, one))?.order.id ?? 0
      const { epoch } = await getVm(db.kysely, one)
      await db.transaction((q) => applyEvent(q, { kind: 'running', order, vm: one, host, epoch }, 100))
    }
    const mark = async (one: number) => ({
      cluster: db.cluster,
      vm: one,
      epoch: (await getVm(db.kysely, one)).epoch,
    })
    const ours = async (one: number, device: ReportedUsbDevice) =>
      domain(`berth-${one}`, {
        berth: await mark(one),
        usbHostdevs: [{ bus: device.bus, device: device.device }],
      })

    test('a placement claims the device, and the order tells what it is and where', async () => {
      await ingest([usb('usb1'), TABLET, KEYBOARD])
      const first = await vm()
      const second = await vm()
      expect(await place()).toMatchObject({ committed: [first, second], conflicted: [] })
      expect(await listUsbClaims(db.kysely)).toEqual([
        { host, key: TABLET.identity, vm: first, request: 0 },
        { host, key: KEYBOARD.identity, vm: second, request: 0 },
      ])
      const { inUse: _, ...facts } = TABLET
      const { bus, device, port, vendorId, productId, serial, controller, identity } = facts
      expect((await openOrder(db.kysely, first))?.order.usb).toEqual([
        { request: 0, bus, device, port, vendorId, productId, serial, controller, identity },
      ])
      await sound()
    })

    test('a device has one claim, whoever writes it', async () => {
      await ingest([TABLET])
      const [first, second] = [await vm(), await vm()]
      const claim = { host, key: TABLET.identity, request: 0 }
      await db.transaction((q) => insertUsbClaims(q, [{ ...claim, vm: first }]))
      await expect(db.transaction((q) => insertUsbClaims(q, [{ ...claim, vm: second }]))).rejects.toThrow()
      await expect(
        db.transaction((q) => insertUsbClaims(q, [{ ...claim, key: 'port:none/1-9', vm: second }])),
      ).rejects.toThrow()
    })

    test('a plan on an older picture conflicts: the device went to another VM, was pulled, or plugged in anew', async () => {
      await ingest([TABLET])
      const first = await vm()
      const basis = await picture()
      const { placements } = planCluster(basis.snapshot)
      await ingest([{ ...TABLET, device: 9 }])
      expect(await commitPlan(db, placements, basis, 100)).toEqual({ committed: [], conflicted: [first] })
      expect((await place()).plan.placements[0]?.usb).toMatchObject([{ device: 9 }])
      await sound()
    })

    test('plugged in anew it keeps its claim; the VM is told that its guest lost it', async () => {
      await ingest([TABLET])
      const one = await vm()
      await place()
      await running(one)
      await ingest([{ ...TABLET, device: 9, port: '1-4' }])
      expect(await listUsbClaims(db.kysely)).toMatchObject([{ key: TABLET.identity, vm: one }])
      const domains = [await ours(one, TABLET)]
      await db.transaction((q) => compareDomains(q, host, domains, { observedAt: 200, now: 200 }))
      expect((await getVm(db.kysely, one)).message).toContain('does not have USB 1-4')
      await sound()
    })

    test('released, it is free; what was pulled meanwhile is forgotten', async () => {
      await ingest([TABLET, KEYBOARD])
      const one = await vm()
      await place()
      await running(one)
      await ingest([KEYBOARD])
      expect((await listUsbDevices(db.kysely, host)).map(({ present }) => present)).toEqual([false, true])
      await stopVm(db, one, { graceSeconds: 0 }, 100)
      expect((await openOrder(db.kysely, one))?.order.usb).toMatchObject([{ identity: TABLET.identity }])
      const { generation } = await getHost(db.kysely, host)
      await db.transaction(async (q) => releaseClaims(q, await getVm(q, one), 'given back', 110))
      expect(await listUsbClaims(db.kysely)).toEqual([])
      expect((await listUsbDevices(db.kysely, host)).map(({ key }) => key)).toEqual([KEYBOARD.identity])
      expect((await getHost(db.kysely, host)).generation).toBe(generation + 1)
    })

    test('the generation advances where a plan could be another, and only there', async () => {
      const advanced = async (
        devices: readonly ReportedUsbDevice[] | null,
        facts: Partial<HostReport> = {},
      ) => (await ingest(devices, facts)).advanced
      await ingest([])
      expect(await advanced([TABLET])).toBe(true)
      expect(await advanced([TABLET])).toBe(false)
      expect(await advanced([{ ...TABLET, drivers: [] }])).toBe(false)
      expect(await advanced([{ ...TABLET, inUse: [{ reason: 'mount', detail: '/' }] }])).toBe(true)
      const foreign = [domain('desktop', { usbHostdevs: [{ bus: TABLET.bus, device: TABLET.device }] })]
      expect(await advanced([TABLET], { domains: foreign })).toBe(true)
      expect(await advanced([TABLET], { domains: foreign })).toBe(false)
      expect(await listDomains(db.kysely, host)).toMatchObject([{ usbHostdevs: [{ bus: 1, device: 3 }] }])
    })

    test('a report of an earlier probe leaves what is known', async () => {
      await ingest([TABLET])
      expect((await ingest(null)).advanced).toBe(false)
      expect(await listUsbDevices(db.kysely, host)).toHaveLength(1)
    })

    test('what a foreign domain holds is in use, and so is its controller; our own VM’s is claimed', async () => {
      const numbers = { bus: KEYBOARD.bus, device: KEYBOARD.device }
      await ingest([TABLET, KEYBOARD], { domains: [domain('desktop', { usbHostdevs: [numbers] })] })
      const held = await seen()
      expect(held?.usb?.map(({ port, inUseByHost }) => [port, inUseByHost]).sort()).toEqual([
        ['1-2', false],
        ['1-3', true],
      ])
      expect(held?.devices).toMatchObject([{ address: CONTROLLER, inUseByHost: true }])
      const one = await vm()
      await place()
      await ingest([TABLET, KEYBOARD], { domains: [await ours(one, TABLET)] })
      const claimed = await seen()
      expect(claimed?.usb?.map(({ port, inUseByHost }) => [port, inUseByHost]).sort()).toEqual([
        ['1-2', false],
        ['1-3', false],
      ])
      expect(claimed?.devices).toMatchObject([{ inUseByHost: false, usbUse: { port: '1-2', vm: one } }])
    })

    test('a controller with a claimed device below it is neither given nor bound by hand', async () => {
      await ingest([TABLET])
      const one = await vm()
      await place()
      const other = await vm('MEMORY = 64\nPCI = [ CLASS = "0c03" ]')
      const { plan } = await place()
      expect(plan.rejections).toMatchObject([
        { vm: other, refusals: [{ refusal: { code: 'usb-in-use', heldBy: [one] } }] },
      ])
      await expect(bindDevice(db, host, CONTROLLER, 100)).rejects.toMatchObject({ code: 'device-claimed' })
    })

    test.each([
      ['an idle VM’s claim', "update vms set state = 'POWEROFF', host = null", 'claim-of-idle-vm'],
      ['a claimed hub', 'update usb_devices set hub = 1', 'claim-of-hub'],
      ['fewer devices than promised', 'delete from usb_claims', 'devices-missing'],
      [
        'a claimed controller',
        `insert into claims values (1, '${CONTROLLER}', 1, 0, 'passed', null, null, 1)`,
        'usb-and-controller-claimed',
      ],
    ])('db check finds %s', async (_, statement, code) => {
      await ingest([TABLET])
      await vm()
      await place()
      await sound()
      await sql.raw(statement).execute(db.kysely)
      expect((await db.read(checkDatabase)).map((one) => one.code)).toContain(code)
    })

    test('a host is forgotten with its USB devices', async () => {
      await ingest([TABLET, KEYBOARD])
      await db.transaction((q) => deleteHost(q, host))
      expect(await listUsbDevices(db.kysely)).toEqual([])
    })
  })
})
