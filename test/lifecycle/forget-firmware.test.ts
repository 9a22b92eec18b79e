/** When a VM ends for good, every host that has its UEFI variables is told to delete them, and nobody else is. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listHistory } from '../../src/database/history.ts'
import { updateHost } from '../../src/database/hosts.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { openOrder } from '../../src/database/orders.ts'
import { getVm } from '../../src/database/vms.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { startVm, stopVm, terminateVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { fenceHost } from '../../src/lifecycle/fence.ts'
import { addHost, removeHost, setHostEnabled } from '../../src/lifecycle/hosts.ts'
import { CREATE } from '../../src/model/order.ts'
import { appendJournal } from '../../src/orders/journal.ts'
import { takeOrder } from '../../src/orders/take.ts'
import { report, reported } from '../support/reports.ts'

const UEFI = 'MEMORY = 64\nOS = [ FIRMWARE = "UEFI" ]\nPCI = [ VENDOR = "10de" ]'

let db: Database
let now: number
let a: number
let b: number

beforeEach(async () => {
  db = await openDatabase(':memory:', { migrate: true })
  now = 1_000_000
  a = await host('a')
  b = await host('b')
  await setHostEnabled(db, b, false)
})

afterEach(async () => {
  expect(await db.read(checkDatabase)).toEqual([])
  await db.close()
})

async function host(name: string): Promise<number> {
  const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
  const { id } = await addHost(db, { name, ...facts, filter: null, attributes: {} })
  await ingestReport(db, id, report([reported('0000:10:00.0', { iommuGroup: 1 })]), now)
  return id
}

async function place(): Promise<void> {
  now += 100_000
  const stateOf = ({ enabled }: { enabled: boolean }) => (enabled ? 'on' : 'disabled')
  const basis = await db.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf }))
  await commitPlan(db, planCluster(basis.snapshot).placements, basis, now)
}

/** The VM's open order, in short; null = none. */
async function order(vm: number): Promise<string | null> {
  const open = (await openOrder(db.kysely, vm))?.order
  if (open === undefined) return null
  const forgets = open.kind === 'release' && open.forgetFirmware === true
  return `${open.kind} on ${open.host === a ? 'a' : 'b'}${forgets ? ', forget' : ''}`
}

type Kind = 'running' | 'deploy-failed' | 'released' | 'release-failed'

/** The open order is carried out with that outcome; a deploy has begun to make the domain, unless `made` is false. */
async function carryOut(vm: number, kind: Kind, made = true): Promise<void> {
  const open = await openOrder(db.kysely, vm)
  if (open === null) throw new Error('there is no order')
  now += 1_000_000
  const { id, host: on, epoch } = open.order
  await db.transaction(async (q) => {
    await takeOrder(q, id, { holder: 'me', until: now + 5 }, now)
    const entry = { step: CREATE, state: 'begun', facts: {} } as const
    if (open.order.kind === 'deploy' && made) await appendJournal(q, id, 'me', entry, now)
    const outcome =
      kind === 'deploy-failed' || kind === 'release-failed'
        ? ({ kind, code: 'x', message: 'm', faults: [] } as const)
        : ({ kind } as const)
    await applyEvent(q, { order: id, vm, host: on, epoch, ...outcome }, now)
  })
}

async function running(template = UEFI): Promise<number> {
  const { id } = await createVm(db, template, {}, now)
  await place()
  await carryOut(id, 'running')
  return id
}

async function poweredOff(template = UEFI): Promise<number> {
  const id = await running(template)
  await stopVm(db, id, {}, now)
  expect(await order(id)).toBe('release on a')
  await carryOut(id, 'released')
  return id
}

const state = async (vm: number) => (await getVm(db.kysely, vm)).state
const told = async (vm: number) => (await listHistory(db.kysely, vm)).map(({ what }) => what)
const terminate = (vm: number) => terminateVm(db, vm, {}, now)

/** Once more on the other host. */
async function moveToB(vm: number): Promise<void> {
  await setHostEnabled(db, a, false)
  await setHostEnabled(db, b, true)
  await startVm(db, vm, now)
  await place()
}

test('terminated while it runs: the release forgets them, too', async () => {
  const vm = await running()
  await terminate(vm)
  expect(await order(vm)).toBe('release on a, forget')
  await carryOut(vm, 'released')
  expect(await state(vm)).toBe('DONE')
  expect(await order(vm)).toBeNull()
})

test('stopped, they are kept, and started again nothing is forgotten', async () => {
  const vm = await poweredOff()
  expect(await state(vm)).toBe('POWEROFF')
  await startVm(db, vm, now)
  await place()
  expect(await order(vm)).toBe('deploy on a')
})

test('terminated in POWEROFF: SHUTDOWN until the host has deleted them', async () => {
  const vm = await poweredOff()
  await terminate(vm)
  expect(await state(vm)).toBe('SHUTDOWN')
  expect((await getVm(db.kysely, vm)).message).toBe('its UEFI variables are deleted on host a')
  expect(await order(vm)).toBe('release on a, forget')
  await carryOut(vm, 'release-failed')
  expect(await state(vm)).toBe('SHUTDOWN')
  await carryOut(vm, 'released')
  expect(await getVm(db.kysely, vm)).toMatchObject({ state: 'DONE', host: null, message: null })
  expect((await told(vm)).at(-1)).toBe('DONE: its UEFI variables are deleted')
})

test('terminated while it is being stopped: a second order forgets them', async () => {
  const vm = await running()
  await stopVm(db, vm, {}, now)
  await terminate(vm)
  await carryOut(vm, 'released')
  expect(await order(vm)).toBe('release on a, forget')
  await carryOut(vm, 'released')
  expect(await state(vm)).toBe('DONE')
})

test('of two hosts where it ran, both are told, the last one with the release', async () => {
  const vm = await poweredOff()
  await moveToB(vm)
  await carryOut(vm, 'running')
  await terminate(vm)
  expect(await order(vm)).toBe('release on b, forget')
  await carryOut(vm, 'released')
  expect(await order(vm)).toBe('release on a, forget')
  await carryOut(vm, 'released')
  expect(await state(vm)).toBe('DONE')
})

test('a deploy that failed after it had begun to make the domain may have left them', async () => {
  const { id: vm } = await createVm(db, UEFI, {}, now)
  await place()
  await carryOut(vm, 'deploy-failed')
  expect(await state(vm)).toBe('PENDING')
  await terminate(vm)
  expect(await order(vm)).toBe('release on a, forget')
})

test('a deploy that failed before, as without firmware, has left none', async () => {
  const { id: vm } = await createVm(db, UEFI, {}, now)
  await place()
  await carryOut(vm, 'deploy-failed', false)
  await terminate(vm)
  expect(await state(vm)).toBe('DONE')
})

test('terminated while it boots: after the deploy has failed, the earlier host is told', async () => {
  const vm = await poweredOff()
  await moveToB(vm)
  const open = await openOrder(db.kysely, vm)
  await db.transaction((q) => takeOrder(q, open?.order.id ?? 0, { holder: 'me', until: now + 5 }, now))
  await terminate(vm)
  expect(await state(vm)).toBe('BOOT')
  await carryOut(vm, 'deploy-failed', false)
  expect(await order(vm)).toBe('release on a, forget')
})

test('terminated before its deploy was begun: the earlier host is told', async () => {
  const vm = await poweredOff()
  await moveToB(vm)
  await terminate(vm)
  expect(await order(vm)).toBe('release on a, forget')
})

test('a VM without UEFI is DONE at once', async () => {
  const vm = await poweredOff('MEMORY = 64\nPCI = [ VENDOR = "10de" ]')
  await terminate(vm)
  expect(await state(vm)).toBe('DONE')
})

test('a host that was removed keeps them, and the history tells', async () => {
  const vm = await poweredOff()
  await removeHost(db, a)
  await terminate(vm)
  expect(await state(vm)).toBe('DONE')
  expect(await told(vm)).toContain(`its UEFI variables stay on host ${a}, which was removed`)
})

test('a silent host keeps it SHUTDOWN; fenced, it keeps the variables, and the history tells', async () => {
  const vm = await poweredOff()
  await terminate(vm)
  await db.transaction((q) => updateHost(q, a, { failure: 'no answer' }))
  await fenceHost(db, a, now)
  expect(await state(vm)).toBe('DONE')
  expect(await told(vm)).toContain('its UEFI variables stay on host a, which was fenced')
})

test('of a fenced host and another one, the other is told', async () => {
  const vm = await poweredOff()
  await moveToB(vm)
  await carryOut(vm, 'running')
  await terminate(vm)
  await db.transaction((q) => updateHost(q, b, { failure: 'no answer' }))
  await fenceHost(db, b, now)
  expect(await order(vm)).toBe('release on a, forget')
})
