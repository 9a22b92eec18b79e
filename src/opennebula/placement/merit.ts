/** How well a host suits a VM that it can take, compared step by step; higher is better. */
import { priceOf, worthOfFree } from '../pci/worth.ts'
import type { Cluster } from './cluster.ts'
import type { Capacity } from './fit.ts'
import type { HostState } from './host-state.ts'
import type { Job } from './job.ts'
import type { Ranking } from './ranks.ts'

export interface Merit {
  readonly first: number
  readonly second: number
}

/**
 * A rank that somebody wrote (SCHED_RANK, a custom RANK, PRIORITY) comes first. A predefined heuristic comes after the worth
 * of the devices that first fit would take, so that scarce ones are spared. A VM without PCI requests goes by rank, then
 * where least is free to be given.
 */
export function meritOf(
  cluster: Cluster,
  job: Job,
  ranking: Ranking<HostState>,
  state: HostState,
  capacity: Capacity,
): Merit {
  const rank = ranking.of(state)
  if (job.requests.length === 0) return { first: rank, second: -worthOfFree(state.pci, cluster.worth) }
  const price = priceOf(state.pci, capacity.pci, cluster.worth)
  return isWritten(cluster, job) ? { first: rank, second: -price } : { first: -price, second: rank }
}

/** Whether the rank decides before anything else does. */
export function rankComesFirst(cluster: Cluster, job: Job): boolean {
  return job.requests.length === 0 || isWritten(cluster, job)
}

function isWritten({ policy }: Cluster, { vm }: Job): boolean {
  return vm.rank !== '' || !policy.isHeuristic
}

/** Positive = `a` is better, 0 = only NUMA nodes can tell. */
export function compareMerits(a: Merit, b: Merit): number {
  return a.first - b.first || a.second - b.second
}

/** NUMA nodes that the given devices and the pinned CPUs are on: the fewer the better. */
export function nodesTouched({ pci }: HostState, { pci: given, cpuNodes }: Capacity): number {
  const nodes = new Set(cpuNodes)
  for (const position of given) {
    const node = pci.devices[position]?.numaNode ?? null
    if (node !== null) nodes.add(node)
  }
  return nodes.size
}
