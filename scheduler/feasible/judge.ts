/** "Would it fit?" for one VM on every host: the allocator itself, run host by host, and the reason where it fails. */
import type { Refusal } from '../../src/model/refusal.ts'
import type { HostsRefusal, PendingVm, Snapshot } from '../../src/model/snapshot.ts'
import { allocate, type Fit } from '../allocate/allocate.ts'
import { emptyCatalog, type Worth, worthByKind } from '../allocate/catalog.ts'
import { compileShape, requestsInOrder, type Shape } from '../allocate/shape.ts'
import { deviceRefusal } from './devices.ts'
import { hostRefusal } from './host.ts'
import { type HostState, hostState } from './host-state.ts'
import { compileRequirement, type HostTest } from './requirement.ts'
import { usbFitOn, usbRefusal } from './usb.ts'

export interface Judgement {
  /** Ids of the hosts that could take the VM, ascending. */
  readonly fitting: readonly number[]
  readonly refusals: readonly HostsRefusal[]
}

/** Judges every host for `vm` as the snapshot stands, whatever else waits; hosts with the same refusal share an entry. */
export function judgeHosts(snapshot: Pick<Snapshot, 'hosts'>, vm: PendingVm): Judgement {
  const catalog = emptyCatalog()
  const states = [...snapshot.hosts].sort((a, b) => a.id - b.id).map((host) => hostState(host, catalog))
  const ask = compileQuestion(vm)
  const worth = worthByKind(catalog, vm.requests)
  const fitting: number[] = []
  const refused = new Map<number, Refusal>()
  const same = oneForEqual()
  for (const state of states) {
    const verdict = judgeHost(state, ask, worth)
    if ('code' in verdict) refused.set(state.host.id, same(verdict))
    else fitting.push(state.host.id)
  }
  return { fitting, refusals: gather(refused, (refusal) => refusal) }
}

/** A VM made ready for asking many hosts. */
export interface Question {
  readonly vm: PendingVm
  readonly meets: HostTest | null
  readonly shape: Shape
  /** For hosts that may not pass devices: optional requests get nothing there. */
  readonly bare: Shape
}

export function compileQuestion(vm: PendingVm): Question {
  return {
    vm,
    meets: vm.requirement === null ? null : compileRequirement(vm.requirement),
    shape: compileShape(requestsInOrder(vm.requests, 'all'), vm.numaPolicy),
    bare: compileShape(requestsInOrder(vm.requests, 'required'), vm.numaPolicy),
  }
}

/** The devices that the VM would get on this host, or why not. */
export function judgeHost(state: HostState, ask: Question, worth: Worth): Fit | Refusal {
  const refusal = hostRefusal(state, ask.vm, ask.meets)
  if (refusal !== null) return refusal
  const shape = state.host.passthroughReady ? ask.shape : ask.bare
  const fit = allocate(state.table, shape, ask.vm.id, worth)
  if (typeof fit === 'string') return deviceRefusal(state.table, shape, ask.vm.id, fit)
  const { usb } = ask.vm
  if (usb === undefined) return fit
  const both = usbFitOn(state, usb, fit, shape, ask.vm.id, worth)
  return typeof both === 'string' ? usbRefusal(state, usb, both) : both.fit
}

/** Gives equal refusals one object. */
export function oneForEqual(): (refusal: Refusal) => Refusal {
  const known = new Map<string, Refusal>()
  return (refusal) => {
    const key = JSON.stringify(refusal)
    const first = known.get(key) ?? refusal
    known.set(key, first)
    return first
  }
}

/** Hosts whose refusals are one object share an entry; entries by their first host. `hosts`: something of each host by its id, in order. */
export function gather<T>(
  hosts: Iterable<readonly [id: number, host: T]>,
  refusalOf: (host: T) => Refusal | undefined,
): HostsRefusal[] {
  const entries = new Map<Refusal, { hosts: number[]; refusal: Refusal }>()
  for (const [id, host] of hosts) {
    const refusal = refusalOf(host)
    if (refusal === undefined) continue
    const entry = entries.get(refusal)
    if (entry === undefined) entries.set(refusal, { hosts: [id], refusal })
    else entry.hosts.push(id)
  }
  return [...entries.values()]
}
