/** What people ask of a VM: each one transaction, checked against the VM's state first. */
import { releaseClaims } from '../claims/release.ts'
import { insertHistory } from '../database/history.ts'
import { getHost } from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import { openOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { getVm, type StoredVm, updateVm, type VmChange } from '../database/vms.ts'
import type { VmAction } from '../model/vm-action.ts'
import { failOrder } from '../orders/end.ts'
import { forgetNext } from './forget-firmware.ts'
import { withdraw } from './hotplug.ts'
import { beginRelease } from './release.ts'
import { requireState } from './states.ts'

/** Between the ACPI shutdown and destroy, where nobody says otherwise. */
export const GRACE_SECONDS = 60

export interface StopOptions {
  /** 0 = destroy at once. */
  readonly graceSeconds?: number
}

/** PENDING -> HOLD. Conflict `vm-state`, NotFound `unknown-vm`, as all below. */
export function holdVm(db: Database, id: number, now: number): Promise<StoredVm> {
  return change(db, id, 'hold', { state: 'HOLD', message: null }, now)
}

/** HOLD -> PENDING. */
export function releaseVm(db: Database, id: number, now: number): Promise<StoredVm> {
  return change(db, id, 'release', { state: 'PENDING', notBefore: 0 }, now)
}

/** POWEROFF or BOOT_FAILURE -> PENDING, planned anew, on any host. */
export function startVm(db: Database, id: number, now: number): Promise<StoredVm> {
  const fresh = { state: 'PENDING', failures: 0, notBefore: 0, message: null, onlyHost: null } as const
  return change(db, id, 'start', fresh, now)
}

/** To be placed on this host and no other, at once: PENDING, pinned. NotFound `unknown-host`. */
export function pinVm(db: Database, id: number, host: number, now: number): Promise<StoredVm> {
  return db.transaction(async (q) => {
    const { name } = await getHost(q, host)
    const vm = await getVm(q, id)
    requireState(vm, 'deploy')
    const pinned = { state: 'PENDING', failures: 0, notBefore: 0, message: null, onlyHost: host } as const
    return enter(q, vm, pinned, `to be deployed on host ${name}`, now)
  })
}

/** Takes pinVm back where nothing came of it; `before` = the VM as it was. True = it was placed on that host meanwhile. */
export function unpinVm(db: Database, before: StoredVm, host: number, now: number): Promise<boolean> {
  return db.transaction(async (q) => {
    const { id, state, failures, notBefore, message, onlyHost } = before
    const vm = await getVm(q, id)
    if (vm.state === 'PENDING' && vm.epoch === before.epoch && vm.onlyHost === host) {
      const was = { state, failures, notBefore, message, onlyHost }
      await enter(q, vm, was, `${state} again: the deploy came to nothing`, now)
    }
    return vm.host === host
  })
}

/** RUNNING or UNKNOWN -> SHUTDOWN, with a release order that leads to POWEROFF; BOOT: as soon as its deploy has ended. */
export function stopVm(db: Database, id: number, options: StopOptions, now: number): Promise<StoredVm> {
  return db.transaction(async (q) => {
    const vm = await getVm(q, id)
    requireState(vm, 'stop')
    return end(q, vm, 'POWEROFF', options, now)
  })
}

/** Any state -> DONE, once its devices are back and its UEFI variables gone; a release that runs already only leads elsewhere. */
export function terminateVm(db: Database, id: number, options: StopOptions, now: number): Promise<StoredVm> {
  return db.transaction(async (q) => {
    const vm = await getVm(q, id)
    requireState(vm, 'terminate')
    return end(q, vm, 'DONE', options, now)
  })
}

async function end(q: Tx, vm: StoredVm, target: Goal, options: StopOptions, now: number): Promise<StoredVm> {
  switch (vm.state) {
    case 'BOOT':
      return endBoot(q, vm, target, now)
    case 'RUNNING':
    case 'UNKNOWN': {
      const open = await openOrder(q, vm.id)
      if (open?.state === 'taken')
        return enter(
          q,
          vm,
          { afterRelease: target },
          `${target} as soon as its devices have stopped moving`,
          now,
        )
      if (open !== null) await withdraw(q, vm, open.order, now)
      const graceSeconds = options.graceSeconds ?? GRACE_SECONDS
      await beginRelease(q, vm, { afterRelease: target, graceSeconds, message: null }, now)
      return getVm(q, vm.id)
    }
    case 'SHUTDOWN':
      return enter(q, vm, { afterRelease: target }, `${target} after its release`, now)
    default:
      if (target === 'DONE' && (await forgetNext(q, vm, now))) return getVm(q, vm.id)
      return enter(q, vm, { state: target, message: null, onlyHost: null }, target, now)
  }
}

/** A deploy that nobody has begun is withdrawn; one that runs is let end first. A terminate is not taken back by a stop. */
async function endBoot(q: Tx, vm: StoredVm, asked: Goal, now: number): Promise<StoredVm> {
  const target = goalOf(vm, asked)
  const open = await openOrder(q, vm.id)
  if (open !== null && open.attempts > 0) return endLater(q, vm, asked, 'its deploy has ended', now)
  if (open !== null) await failOrder(q, open.order.id, 'withdrawn before it was begun', now)
  await releaseClaims(q, vm, `given up by VM ${vm.id}: its deploy was withdrawn`, now)
  if (target === 'DONE' && (await forgetNext(q, vm, now))) return getVm(q, vm.id)
  const gone = { state: target, host: null, afterRelease: null, message: null } as const
  return enter(q, vm, gone, `${target}: deploy withdrawn before it was begun`, now)
}

type Goal = 'POWEROFF' | 'DONE'

const goalOf = (vm: StoredVm, asked: Goal): Goal => (vm.afterRelease === 'DONE' ? 'DONE' : asked)

function endLater(q: Tx, vm: StoredVm, asked: Goal, when: string, now: number): Promise<StoredVm> {
  const target = goalOf(vm, asked)
  return enter(q, vm, { afterRelease: target }, `${target} as soon as ${when}`, now)
}

function change(db: Database, id: number, action: VmAction, to: VmChange, now: number): Promise<StoredVm> {
  return db.transaction(async (q) => {
    const vm = await getVm(q, id)
    requireState(vm, action)
    return enter(q, vm, to, to.state ?? action, now)
  })
}

async function enter(q: Tx, vm: StoredVm, to: VmChange, what: string, now: number): Promise<StoredVm> {
  await updateVm(q, vm.id, to, now)
  await insertHistory(q, vm.id, what, now)
  return getVm(q, vm.id)
}
