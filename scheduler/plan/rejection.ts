/** VMs that no host can take: remembered while planning, told host by host only when somebody reads it. */
import type { Refusal } from '../../src/model/refusal.ts'
import type { HostsRefusal, Rejection } from '../../src/model/snapshot.ts'
import { hostRefusal } from '../feasible/host.ts'
import type { HostState } from '../feasible/host-state.ts'
import { gather } from '../feasible/judge.ts'
import { requirementChanges } from '../feasible/requirement.ts'
import { usbFitOn, usbRefusal } from '../feasible/usb.ts'
import { type Cluster, stateThen } from './cluster.ts'
import { fitOn, forget, type Question, refusalOn } from './question.ts'
import { retell } from './told.ts'

/**
 * The rejection of a VM as the cluster stands now. `refusals` is worked out on each reading, from the hosts as they are
 * at this moment of the plan, and not kept: most of 10,000 waiting VMs are never asked why, and 10,000 answers with
 * 10,000 hosts each would fill the memory. VMs that ask alike share the work (told.ts).
 */
export function rejection(cluster: Cluster, question: Question): Rejection {
  const version = cluster.placedOn.length
  return {
    vm: question.vm.id,
    get refusals() {
      return refusalsThen(cluster, question, version)
    },
  }
}

function refusalsThen(cluster: Cluster, question: Question, version: number): readonly HostsRefusal[] {
  const { told, index, placedOn } = cluster
  const { judged, bare } = question
  const refusals = retell(told, {
    key: questionKey(question),
    version,
    changedOn: placedOn,
    leaves: index.states.length,
    ask: (leaf) => refusalBy(cluster, question, stateThen(cluster, leaf, version)),
    forget: () => [judged, bare].forEach(forget),
  })
  return gather(index.leafOf, (leaf) => refusals[leaf])
}

/** Equal keys: the same answer from the same host. */
function questionKey({ vm, isUsual, judged, hostKey, usbKey }: Question): string {
  const who = isUsual ? '' : `${vm.id} ${vm.onlyHost}`
  return `${who} ${vm.cpu} ${vm.memoryMiB} ${judged.shape.key} ${hostKey} ${usbKey}`
}

function refusalBy(cluster: Cluster, question: Question, state: HostState): Refusal {
  const refusal = hostRefusal(state, question.vm, question.meets)
  if (refusal !== null) return refusal
  const judged = state.host.passthroughReady ? question.judged : question.bare
  const short = refusalOn(judged, state.table, question.vm.id, cluster.worth)
  if (short !== null) return short
  const noUsb = usbRefusalBy(cluster, question, state)
  if (noUsb !== null) return noUsb
  throw new Error(
    `host ${state.host.id} was refused to VM ${question.vm.id} and could take it: the search is wrong`,
  )
}

/** Why the host's USB devices do not do where its PCI devices would; null = they do. */
function usbRefusalBy(cluster: Cluster, question: Question, state: HostState): Refusal | null {
  const { usb, id } = question.vm
  if (usb === undefined) return null
  const judged = state.host.passthroughReady ? question.judged : question.bare
  const fit = fitOn(judged, state.table, id, cluster.worth)
  const both = typeof fit === 'string' ? null : usbFitOn(state, usb, fit, judged.shape, id, cluster.worth)
  return typeof both === 'string' ? usbRefusal(state, usb, both) : null
}

/** True when a VM that asked for the same devices, and for no more CPU and memory, found no host: a plan only ever takes. */
export function isHopeless({ vm, judged, hostKey }: Question): boolean {
  const covered = (key: string): boolean =>
    (judged.hopeless.get(key) ?? []).some((a) => vm.cpu >= a.cpu && vm.memoryMiB >= a.memoryMiB)
  return covered('') || covered(hostKey)
}

/** Remembers that no host can take the VM, which holds nothing yet and may go anywhere. */
export function markHopeless({ vm, judged, hostKey }: Question): void {
  if (vm.requirement !== null && requirementChanges(vm.requirement)) return
  const failed = judged.hopeless.get(hostKey) ?? []
  const kept = failed.filter((asked) => asked.cpu < vm.cpu || asked.memoryMiB < vm.memoryMiB)
  judged.hopeless.set(hostKey, [...kept, { cpu: vm.cpu, memoryMiB: vm.memoryMiB }])
}
