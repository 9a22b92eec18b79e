/** The whole: a snapshot of the cluster and its pending VMs in, placements and refusals out. Pure and deterministic. */
import type {
  PendingVm,
  Placement,
  PlacementPolicy,
  Plan,
  Rejection,
  Snapshot,
} from '../../src/model/snapshot.ts'
import { toAllocation } from '../allocate/allocate.ts'
import { bestHost } from './best-host.ts'
import { type Cluster, commit, openCluster } from './cluster.ts'
import { type ClusterIndex, indexCluster, stateAt } from './cluster-index.ts'
import { emptyQuestions, type Question, questionOf } from './question.ts'
import { isHopeless, markHopeless, rejection } from './rejection.ts'

/** Plans VMs by priority (higher first), then id; what one takes, the next cannot. The same input, in whatever order, gives the same plan. */
export function planCluster(snapshot: Snapshot): Plan {
  return planWithIndex(indexCluster(snapshot.hosts), snapshot.vms, snapshot.policy)
}

/** The same on hosts that were indexed before; the index is not changed. */
export function planWithIndex(index: ClusterIndex, vms: readonly PendingVm[], policy: PlacementPolicy): Plan {
  const placements: Placement[] = []
  const rejections: Rejection[] = []
  for (const outcome of planEach(openCluster(index, vms, policy), inTurn(vms)))
    if ('host' in outcome) placements.push(outcome)
    else rejections.push(outcome)
  return { placements: placements.sort(byVm), rejections: rejections.sort(byVm) }
}

/** The VMs in the order given, each planned when its outcome is asked for; `cluster` changes with each that is placed. */
export function* planEach(cluster: Cluster, vms: Iterable<PendingVm>): Generator<Placement | Rejection> {
  const { index } = cluster
  const questions = emptyQuestions(index.catalog.examples)
  for (const vm of vms) {
    const ask = leavesToAsk(index, vm)
    const question = questionOf(questions, vm, vm.onlyHost === null && ask.length === 0)
    yield place(cluster, question, ask) ?? rejection(cluster, question)
  }
}

const byVm = (a: { readonly vm: number }, b: { readonly vm: number }): number => a.vm - b.vm

/** By priority, higher first, then by id. */
export function inTurn(vms: readonly PendingVm[]): PendingVm[] {
  return [...vms].sort((a, b) => b.priority - a.priority || a.id - b.id)
}

/** Hosts to ask directly: a VM's only host, or hosts where it holds something already, which columns do not tell. */
function leavesToAsk({ leafOf, leavesHeldBy }: ClusterIndex, { id, onlyHost }: PendingVm): readonly number[] {
  if (onlyHost === null) return leavesHeldBy.get(id) ?? []
  const leaf = leafOf.get(onlyHost)
  return leaf === undefined ? [] : [leaf]
}

function place(cluster: Cluster, question: Question, direct: readonly number[]): Placement | null {
  if (question.isUsual && isHopeless(question)) return null
  const found = bestHost(cluster, question, direct)
  if (found === null) {
    if (question.isUsual) learn(cluster, question)
    return null
  }
  const { host, table } = stateAt(cluster.states, found.leaf)
  const { leaf, fit, usb, judged } = found
  commit(cluster, leaf, question.vm, [...fit.passed, ...fit.held], usb)
  return {
    vm: question.vm.id,
    host: host.id,
    ...toAllocation(table, judged.shape, fit),
    ...(usb.length > 0 && { usb }),
  }
}

/** No host can take the VM; is it its devices alone, so that no VM with the same requests needs to be tried again? Asked once. */
function learn(cluster: Cluster, question: Question): void {
  const { judged } = question
  const { uefi: _, ...vm } = question.vm
  markHopeless(question)
  if (judged.probed) return
  judged.probed = true
  const devicesAlone: Question = {
    ...question,
    vm: { ...vm, cpu: 0, memoryMiB: 0, requirement: null, rank: null },
    meets: null,
    requirementKey: '',
    hostKey: '',
    rankKey: '',
  }
  if (bestHost(cluster, devicesAlone, []) === null) markHopeless(devicesAlone)
}
