/** Events -> changes of VMs and claims: the only place where what a host did becomes what the database says. */
import { releaseClaims } from '../claims/release.ts'
import { noteChanges } from '../database/changes.ts'
import { forgetDomains } from '../database/domains.ts'
import { insertHistory } from '../database/history.ts'
import { getHost } from '../database/hosts.ts'
import { readCluster } from '../database/meta.ts'
import { findOrder, getOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { findVm, type StoredVm, updateVm } from '../database/vms.ts'
import type { Address } from '../model/address.ts'
import { type HostEvent, isVmEvent, type VmEvent } from '../model/event.ts'
import { isVmOrder } from '../model/order.ts'
import { failOrder, finishOrder, postponeOrder } from '../orders/end.ts'
import { applyDeviceEvent } from './device-events.ts'
import { forgetNext } from './forget-firmware.ts'
import { hotplugged } from './hotplug-events.ts'
import { beginRelease } from './release.ts'
import { rememberResets } from './resets.ts'
import { attachFailed, distrust, forgive, returnFailed } from './trust.ts'

/** After the first and second failed deploy in a row (ms); after the third: BOOT_FAILURE. */
const DEPLOY_DELAYS_MS: readonly number[] = [10_000, 30_000]
const RELEASE_DELAY_MS = 10_000
const RELEASE_DELAY_LIMIT_MS = 600_000

export interface EventOutcome {
  /** False = it was of an old epoch or had been taken in before: nothing changed. */
  readonly applied: boolean
  readonly what: string
}

/** The kind of order that an event ends. */
const ANSWERED = {
  running: 'deploy',
  'deploy-failed': 'deploy',
  released: 'release',
  attached: 'attach',
  'attach-failed': 'attach',
  detached: 'detach',
} as const

type EventOf<K extends VmEvent['kind']> = Extract<VmEvent, { kind: K }>

/** Takes an event in: the order ends, the VM moves on, claims go where the devices are back. Any event may come twice. */
export async function applyEvent(q: Tx, event: HostEvent, now: number): Promise<EventOutcome> {
  return isVmEvent(event) ? applyVmEvent(q, event, now) : applyDeviceEvent(q, event, now)
}

async function applyVmEvent(q: Tx, event: VmEvent, now: number): Promise<EventOutcome> {
  const vm = await findVm(q, event.vm)
  if (!vm) return { applied: false, what: `event ${event.kind} of VM ${event.vm}, which does not exist` }
  const stale = await whyStale(q, vm, event)
  if (stale !== null) {
    await insertHistory(q, vm.id, `ignored: ${stale}`, now)
    await noteChanges(q, 'vm', [vm.id])
    return { applied: false, what: stale }
  }
  const what = await apply(q, vm, event, now)
  return { applied: true, what }
}

async function whyStale(q: Tx, vm: StoredVm, event: VmEvent): Promise<string | null> {
  const { kind, order, epoch, host } = event
  if (epoch !== vm.epoch) return `${kind} of epoch ${epoch}; the VM is at ${vm.epoch}`
  if (host !== vm.host) return `${kind} from host ${host}; the VM is on ${vm.host ?? 'none'}`
  const stored = await findOrder(q, order)
  if (!stored) return `${kind} for order ${order}, which does not exist`
  if (!isVmOrder(stored.order) || stored.order.vm !== vm.id)
    return `${kind} for order ${order}, which is not one of VM ${vm.id}`
  if (stored.state === 'done' || stored.state === 'failed')
    return `${kind} for order ${order}, which is ${stored.state}`
  // A deploy whose undo did not bring everything back fails to release, too.
  if (kind === 'release-failed') return null
  const expected = ANSWERED[kind]
  return stored.order.kind === expected ? null : `${kind} for order ${order}, which is a ${stored.order.kind}`
}

function apply(q: Tx, vm: StoredVm, event: VmEvent, now: number): Promise<string> {
  switch (event.kind) {
    case 'running':
      return running(q, vm, event, now)
    case 'deploy-failed':
      return deployFailed(q, vm, event, now)
    case 'released':
      return released(q, vm, event, now)
    case 'release-failed':
      return releaseFailed(q, vm, event, now)
    case 'attached':
    case 'attach-failed':
    case 'detached':
      return hotplugged(q, vm, event, now)
  }
}

/** A stop or terminate that came during the deploy begins now. */
async function running(q: Tx, vm: StoredVm, event: EventOf<'running'>, now: number): Promise<string> {
  await finishOrder(q, event.order, now)
  await forgive(q, vm.id)
  await updateVm(q, vm.id, { state: 'RUNNING', failures: 0, message: null }, now)
  await insertHistory(q, vm.id, 'RUNNING', now)
  const { afterRelease } = vm
  if (afterRelease !== 'POWEROFF' && afterRelease !== 'DONE') return `VM ${vm.id} runs`
  await beginRelease(q, vm, { afterRelease, graceSeconds: 0, message: null }, now)
  return `VM ${vm.id} runs, and is to be ${afterRelease}`
}

async function deployFailed(
  q: Tx,
  vm: StoredVm,
  event: EventOf<'deploy-failed'>,
  now: number,
): Promise<string> {
  const { name } = await getHost(q, event.host)
  const quarantined = await judgeDeploy(q, vm, event, now)
  const message = `deploy on host ${name} failed: ${event.message}${alsoQuarantined(quarantined)}`
  await failOrder(q, event.order, event.message, now)
  await forgetDomains(q, event.host, await readCluster(q), vm.id, event.epoch)
  await releaseClaims(q, vm, `given back by VM ${vm.id}: its deploy failed`, now)
  const failures = vm.failures + 1
  const delay = DEPLOY_DELAYS_MS[failures - 1]
  const wanted = vm.afterRelease === 'POWEROFF' || vm.afterRelease === 'DONE' ? vm.afterRelease : null
  const state = wanted ?? (delay === undefined ? 'BOOT_FAILURE' : 'PENDING')
  if (state === 'DONE' && (await forgetNext(q, vm, now))) return `VM ${vm.id}: ${message}`
  const notBefore = state === 'PENDING' ? now + (delay ?? 0) : 0
  await updateVm(q, vm.id, { state, host: null, afterRelease: null, failures, notBefore, message }, now)
  await insertHistory(q, vm.id, `${state}: ${message} (${event.code})`, now)
  return `VM ${vm.id}: ${message}`
}

/**
 * A deploy that failed for another reason proves nothing of its devices; unless its undoing had failed before: then those that
 * were missing have proved that they come back.
 */
async function judgeDeploy(
  q: Tx,
  vm: StoredVm,
  { order, faults = [], distrusted = [] }: EventOf<'deploy-failed'>,
  now: number,
): Promise<readonly Address[]> {
  const undoneAtOnce = (await getOrder(q, order)).message === null
  if (!undoneAtOnce) await forgive(q, vm.id, faults)
  return [...(await attachFailed(q, vm.id, faults, now)), ...(await distrust(q, vm.id, distrusted, now))]
}

function alsoQuarantined(addresses: readonly Address[]): string {
  return addresses.length === 0 ? '' : `; quarantined: ${addresses.join(', ')}`
}

async function released(q: Tx, vm: StoredVm, event: EventOf<'released'>, now: number): Promise<string> {
  const { host, epoch, order, distrusted = [] } = event
  await finishOrder(q, order, now)
  await forgetDomains(q, host, await readCluster(q), vm.id, epoch)
  await forgive(q, vm.id)
  await rememberResets(q, event, now)
  const quarantined = alsoQuarantined(await distrust(q, vm.id, distrusted, now))
  // What is gone for good (missing) leaves with its claim.
  await releaseClaims(q, vm, `given back by VM ${vm.id}`, now)
  const state = vm.afterRelease ?? 'POWEROFF'
  if (state === 'DONE' && (await forgetNext(q, vm, now)))
    return `VM ${vm.id}: its devices are back${quarantined}, its UEFI variables are deleted`
  const settled = { state, host: null, afterRelease: null, ...(state === 'DONE' && { message: null }) }
  await updateVm(q, vm.id, settled, now)
  await insertHistory(q, vm.id, `${state}: ${await whatIsDone(q, order)}${quarantined}`, now)
  return `VM ${vm.id} is ${state}${quarantined}`
}

/** A VM that was off had no devices to give back. */
async function whatIsDone(q: Tx, id: number): Promise<string> {
  const { order } = await getOrder(q, id)
  const forgets = order.kind === 'release' && order.forgetFirmware === true
  return forgets && order.devices.length === 0 ? 'its UEFI variables are deleted' : 'its devices are back'
}

/** Stays as it is, and the order waits for its next turn; a device that fails again is not given to anybody else. */
async function releaseFailed(
  q: Tx,
  vm: StoredVm,
  event: EventOf<'release-failed'>,
  now: number,
): Promise<string> {
  const { attempts } = await getOrder(q, event.order)
  const delay = Math.min(RELEASE_DELAY_MS * 2 ** Math.max(0, attempts - 1), RELEASE_DELAY_LIMIT_MS)
  const { name } = await getHost(q, event.host)
  const { kind } = (await getOrder(q, event.order)).order
  const what = kind === 'detach' ? 'detach' : 'release'
  const quarantined = alsoQuarantined(await returnFailed(q, vm.id, event.faults, now))
  const message = `${what} on host ${name} failed, tried again: ${event.message}${quarantined}`
  await postponeOrder(q, event.order, event.message, now + delay)
  await updateVm(q, vm.id, { message }, now)
  await insertHistory(q, vm.id, `${message} (${event.code})`, now)
  return `VM ${vm.id}: ${message}`
}
