/** Whatever people ask and hosts tell, in whatever order: after every step the invariants of the rows hold, and what is kept of hosts and of their devices' states is what a fresh reading gives. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planCluster } from '../../scheduler/plan/plan.ts'
import { keepDevices } from '../../src/api/read/kept-devices.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import { attachBlock } from '../../src/controller/attach.ts'
import type { ControllerDeps } from '../../src/controller/ports.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { listAllDevices } from '../../src/database/devices.ts'
import { listHistory } from '../../src/database/history.ts'
import { listHosts } from '../../src/database/hosts.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { listVmOrders } from '../../src/database/orders.ts'
import type { Queries } from '../../src/database/tables.ts'
import { listVms } from '../../src/database/vms.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { keepHosts } from '../../src/inventory/kept-hosts.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { holdVm, releaseVm, startVm, stopVm, terminateVm } from '../../src/lifecycle/ask.ts'
import { compareDomains, markSilent } from '../../src/lifecycle/compare.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { allowDevice, changeHealth, type DeviceAction } from '../../src/lifecycle/devices.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { fenceHost } from '../../src/lifecycle/fence.ts'
import { firmwareHosts } from '../../src/lifecycle/forget-firmware.ts'
import { addHost, setHostEnabled } from '../../src/lifecycle/hosts.ts'
import { detachDevice } from '../../src/lifecycle/hotplug.ts'
import { Conflict, InvalidInput, NotFound } from '../../src/model/errors.ts'
import type { HostEvent } from '../../src/model/event.ts'
import { CREATE } from '../../src/model/order.ts'
import type { ReportedDevice } from '../../src/model/report.ts'
import type { RunningDomain } from '../../src/model/usage.ts'
import { appendJournal } from '../../src/orders/journal.ts'
import { takeOrder } from '../../src/orders/take.ts'
import { DEVICE_STATES } from '../../src/view/documents.ts'
import { statesAsKept, statesAsListed } from '../support/device-states.ts'
import { hostsAsKept, hostsAsRead } from '../support/pictures.ts'
import { domain, report, reported } from '../support/reports.ts'

/**
 * Two GPUs with audio mates, whose places and groups each restart of the host changes; and a GPU that is unplugged and comes
 * back in another group, perhaps with a mate, while another one gets the group's number.
 */
function devices(boot: number, plugged: number | null): ReportedDevice[] {
  const pairs = [0, 1].flatMap((card) => {
    const slot = (card + boot) % 2 === 0 ? '0000:10:00' : '0000:20:00'
    const facts = { iommuGroup: (card + 3 * boot) % 8, identity: `serial:${card}` }
    return [
      reported(`${slot}.0`, facts),
      reported(`${slot}.1`, { ...facts, identity: `serial:${card}/1`, offered: false }),
    ]
  })
  if (plugged === null) return [...pairs, reported('0000:31:00.0', { iommuGroup: 9, identity: 'serial:10' })]
  const facts = { iommuGroup: 9 + (plugged % 3), identity: 'serial:9' }
  const mate = reported('0000:30:00.1', { ...facts, identity: null, offered: plugged % 4 === 0 })
  return [...pairs, reported('0000:30:00.0', facts), ...(plugged % 2 === 0 ? [mate] : [])]
}

interface World {
  readonly db: Database
  now: number
  /** What really runs, by host. */
  readonly domains: Map<number, RunningDomain[]>
  /** How often each host restarted. */
  readonly boots: Map<number, number>
}

type Step = (world: World, choice: number) => Promise<unknown>

const pick = <T>(list: readonly T[], choice: number): T | undefined => list[choice % Math.max(1, list.length)]

const schedule: Step = async ({ db, now }) => {
  const basis = await db.read((q) => readSnapshot(q, { policy: 'pack', now, stateOf: () => 'on' }))
  return commitPlan(db, planCluster(basis.snapshot).placements, basis, now)
}

const ask =
  (action: (db: Database, vm: number, now: number) => Promise<unknown>): Step =>
  async ({ db, now }, choice) => {
    const vm = pick(await listVms(db.kysely), choice)
    if (vm) await action(db, vm.id, now)
  }

function askOfDevice(action: DeviceAction): Step {
  return async ({ db, now }, choice) => {
    const device = pick(await listAllDevices(db.kysely), choice)
    if (!device) return
    const { host, address } = device
    await changeHealth(db, action, { host, address, reason: choice % 2 ? 'old' : null }, now)
  }
}

/** An open order is carried out, well or badly, and its event taken in (perhaps twice). */
const carryOut =
  (well: boolean): Step =>
  async (world, choice) => {
    const { db, now, domains } = world
    const open = pick(await listVmOrders(db.kysely, { states: ['waiting', 'taken'] }), choice)
    if (!open || !(await takeOrder(db.kysely, open.order.id, { holder: 'me', until: now + 5 }, now))) return
    const { id: order, vm, host, epoch, kind } = open.order
    // One that failed may have left the file of the VM's UEFI variables, or not come so far.
    if (kind === 'deploy' && (well || choice % 2 === 0)) {
      const made = { step: CREATE, state: 'begun', facts: {} } as const
      await db.transaction((q) => appendJournal(q, order, 'me', made, now))
    }
    const base = { order, vm, host, epoch }
    const failed = { code: 'x', message: 'm' }
    // Some of its devices are to blame, in every way that there is.
    const code = choice % 3 === 0 ? 'driver-unbind-timeout' : 'driver-not-bound'
    const faults = open.order.devices
      .filter((_, index) => (index + choice) % 2 === 0)
      .map(({ address }) => ({ address, code, message: 'm' }))
    const others = (domains.get(host) ?? []).filter(({ berth }) => berth?.vm !== vm)
    const blamed = { ...(choice > 2 && { faults }), ...(choice === 7 && { distrusted: faults }) }
    const spoilt = choice > 4 && { distrusted: faults }
    const event: HostEvent = well
      ? kind === 'deploy' || kind === 'attach'
        ? { ...base, kind: kind === 'deploy' ? 'running' : 'attached' }
        : { ...base, kind: kind === 'release' ? 'released' : 'detached', ...spoilt }
      : kind === 'deploy' || (kind === 'attach' && choice % 2 === 0)
        ? { ...base, kind: `${kind}-failed`, ...failed, ...blamed }
        : { ...base, kind: 'release-failed', ...failed, faults }
    const named = open.order.devices.filter(({ role }) => role === 'passed').map(({ address }) => address)
    const before = (domains.get(host) ?? []).find(({ berth }) => berth?.vm === vm)
    const kept = (before?.hostdevs ?? []).filter((address) => !named.includes(address))
    const berth = { cluster: db.cluster, vm, epoch }
    const runs = (hostdevs: RunningDomain['hostdevs']) =>
      domains.set(host, [...others, domain(`vm-${vm}-${epoch}`, { hostdevs, berth })])
    if (event.kind === 'running') runs(named)
    else if (event.kind === 'attached' && before) runs([...kept, ...named])
    else if (event.kind === 'detached' && before) runs(kept)
    else if (kind === 'deploy' || kind === 'release') domains.set(host, others)
    for (let time = 0; time <= choice % 2; time++) await db.transaction((q) => applyEvent(q, event, now))
  }

async function takeIn(world: World, host: number, plugged: number | null): Promise<void> {
  const { db, now, boots } = world
  const boot = boots.get(host) ?? 0
  const running = world.domains.get(host) ?? []
  const facts = { domains: running, bootId: `boot-${boot}` }
  await ingestReport(db, host, report(devices(boot, plugged), facts), now)
  await db.transaction((q) => compareDomains(q, host, running, { observedAt: now, now }))
}

const probe =
  (plugged: boolean): Step =>
  async (world, choice) => {
    const host = pick(await listHosts(world.db.kysely), choice)
    if (host) await takeIn(world, host.id, plugged ? choice : null)
  }

const restart: Step = async (world, choice) => {
  const host = pick(await listHosts(world.db.kysely), choice)
  if (!host) return
  world.boots.set(host.id, (world.boots.get(host.id) ?? 0) + 1)
  world.domains.set(host.id, [])
  await takeIn(world, host.id, choice)
}

/** One more device for a VM, or one less, whatever its state. */
const attach: Step = async ({ db, now, domains, boots }, choice) => {
  const vm = pick(await listVms(db.kysely), choice)
  if (!vm) return
  const deps: ControllerDeps = {
    ...{ database: db, policy: 'pack', holder: 'me', log: () => {} },
    clock: { now: () => now, sleep: async () => {} },
    connect: async ({ id }) => ({
      report: async () =>
        report(devices(boots.get(id) ?? 0, choice), {
          domains: domains.get(id) ?? [],
          bootId: `boot-${boots.get(id) ?? 0}`,
        }),
      carryOut: () => Promise.reject(new Error('not here')),
      nodeDevices: async () => null,
    }),
  }
  await attachBlock(deps, vm.id, { name: 'PCI', pairs: { VENDOR: '10de' } })
}

const detach: Step = async ({ db, now }, choice) => {
  const vm = pick(await listVms(db.kysely), choice)
  const claims = vm ? await listClaims(db.kysely, { vm: vm.id }) : []
  const claim = pick(claims, choice)
  if (vm && claim) await detachDevice(db, vm.id, claim.address, now)
}

const UEFI = 'OS = [ FIRMWARE = "UEFI" ]'

const STEPS: Readonly<Record<string, Step>> = {
  create: ({ db, now }, choice) =>
    createVm(
      db,
      `CPU = 1\nMEMORY = 64\n${choice > 2 ? UEFI : ''}\nPCI = [ VENDOR = "10de", COUNT = ${1 + (choice % 2)} ]`,
      {},
      now,
    ),
  createPlain: ({ db, now }, choice) => createVm(db, `MEMORY = 64\n${choice > 2 ? UEFI : ''}`, {}, now),
  schedule,
  carryOut: carryOut(true),
  carryOutBadly: carryOut(false),
  attach,
  detach,
  hold: ask(holdVm),
  release: ask(releaseVm),
  stop: ask((db, vm, now) => stopVm(db, vm, {}, now)),
  start: ask(startVm),
  terminate: ask((db, vm, now) => terminateVm(db, vm, {}, now)),
  probe: probe(true),
  probeWithout: probe(false),
  restart,
  domainEnds: async ({ domains }, choice) => {
    const host = pick([...domains.keys()], choice)
    if (host !== undefined) domains.set(host, (domains.get(host) ?? []).slice(1))
  },
  silent: async ({ db, now }, choice) => {
    const host = pick(await listHosts(db.kysely), choice)
    if (host) await db.transaction((q) => markSilent(q, host.id, 'no answer', now))
  },
  fence: async ({ db, now, domains }, choice) => {
    const host = pick(await listHosts(db.kysely), choice)
    if (!host) return
    await db.transaction((q) => markSilent(q, host.id, 'no answer', now))
    await fenceHost(db, host.id, now)
    domains.set(host.id, [])
  },
  /** A domain that is not ours has one of the devices, or lets go of it. */
  stranger: async (world, choice) => {
    const host = pick(await listHosts(world.db.kysely), choice)
    const device = pick(await listAllDevices(world.db.kysely), choice)
    if (!host || !device) return
    const others = (world.domains.get(host.id) ?? []).filter(({ berth }) => berth !== null)
    const stranger = domain('stranger', { hostdevs: [device.address] })
    world.domains.set(host.id, choice > 4 ? others : [...others, stranger])
    await takeIn(world, host.id, choice)
  },
  allow: async ({ db, now }, choice) => {
    const device = pick(await listAllDevices(db.kysely), choice)
    if (device) await allowDevice(db, device.host, device.address, choice % 2 === 0, now)
  },
  switch: async ({ db }, choice) => {
    const host = pick(await listHosts(db.kysely), choice)
    if (host) await setHostEnabled(db, host.id, choice % 3 !== 0)
  },
  drain: askOfDevice('drain'),
  undrain: askOfDevice('undrain'),
  quarantine: askOfDevice('quarantine'),
  clear: askOfDevice('clear'),
}

async function live(steps: readonly (readonly [string, number])[]): Promise<void> {
  const db = await openDatabase(':memory:', { migrate: true })
  const world: World = { db, now: 1_000, domains: new Map(), boots: new Map() }
  for (const name of ['a', 'b']) {
    const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
    const { id } = await addHost(db, { name, ...facts, filter: null, attributes: {} })
    await takeIn(world, id, 1)
  }
  const kept = keepHosts()
  const keptDevices = keepDevices()
  try {
    for (const [at, [name, choice]] of steps.entries()) {
      world.now += 20_000
      await STEPS[name]?.(world, choice).catch(refused)
      expect(await db.read(checkDatabase), `after ${name}`).toEqual([])
      expect(await db.read(silentlyLeft), `after ${name}`).toEqual([])
      expect(await hostsAsKept(db, kept), `after ${name}`).toEqual(await hostsAsRead(db))
      // The list of one state at a time: each is a reading of its own.
      const lists = DEVICE_STATES.filter((_, n) => n === at % DEVICE_STATES.length)
      const states = await statesAsKept(db, keptDevices, lists)
      expect(states, `after ${name}`).toEqual(await statesAsListed(db, lists))
    }
  } finally {
    await db.close()
  }
}

/** VMs that are over, and of which a host keeps UEFI variables that nobody is told of. */
async function silentlyLeft(q: Queries): Promise<readonly number[]> {
  const left: number[] = []
  for (const { id } of await listVms(q, { states: ['DONE'] })) {
    const told = (await listHistory(q, id)).filter(({ what }) =>
      what.startsWith('its UEFI variables stay on'),
    )
    if ((await firmwareHosts(q, id)).size !== told.length) left.push(id)
  }
  return left
}

/** Asked in the wrong state, or without a reason: that is what refusals are for. */
function refused(error: unknown): void {
  if (!(error instanceof Conflict || error instanceof InvalidInput || error instanceof NotFound)) throw error
}

const anyStep = fc.constantFrom(...Object.keys(STEPS))
/** Placing and carrying out come often enough that most VMs live. */
const step = fc.tuple(
  fc.oneof(anyStep, fc.constantFrom('schedule', 'carryOut', 'create', 'silent')),
  fc.nat(7),
)

test('no sequence of requests, events, reports and silences breaks an invariant', {
  timeout: 120_000,
}, async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 50 }), live), { numRuns: 40 })
})
