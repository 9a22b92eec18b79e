/** The best host for one VM, or why there is none. */
import type { Cluster } from './cluster.ts'
import { type Capacity, type Fit, fitOn, type Reason } from './fit.ts'
import type { HostState } from './host-state.ts'
import type { Job } from './job.ts'
import { compareMerits, type Merit, meritOf, nodesTouched, rankComesFirst } from './merit.ts'
import { questionOf } from './question.ts'

export interface Choice {
  readonly state: HostState
  readonly fit: Fit
}

/** Hosts by the first thing that kept the VM from them. */
export type Refusals = ReadonlyMap<Reason, readonly HostState[]>

interface Best extends Choice {
  readonly merit: Merit
}

/** Among equals the host listed first. */
export function chooseHost(cluster: Cluster, job: Job): Choice | Refusals {
  const question = questionOf(cluster, job)
  const ranking = cluster.hostRanks.ranking(job.vm.rank)
  const byRank = rankComesFirst(cluster, job)
  const refusals = new Map<Reason, HostState[]>()
  let best: Best | null = null
  for (const id of job.allowed.hosts) {
    const state = cluster.states.get(id)
    // A host of a lower rank need not be asked.
    if (state === undefined || (best !== null && byRank && ranking.of(state) < best.merit.first)) continue
    const before: Best | null = best
    let merit: Merit = NOTHING
    const fit = fitOn(question, state, (capacity) => {
      merit = meritOf(cluster, job, ranking, state, capacity)
      return before === null || isBetter(state, capacity, merit, before)
    })
    if (typeof fit === 'string') refuse(refusals, fit, state)
    else if (fit !== null) best = { state, fit, merit }
  }
  return best ?? refusals
}

const NOTHING: Merit = { first: 0, second: 0 }

function refuse(refusals: Map<Reason, HostState[]>, reason: Reason, state: HostState): void {
  const hosts = refusals.get(reason)
  if (hosts) hosts.push(state)
  else refusals.set(reason, [state])
}

function isBetter(state: HostState, capacity: Capacity, merit: Merit, other: Best): boolean {
  const difference = compareMerits(merit, other.merit)
  if (difference !== 0) return difference > 0
  return nodesTouched(state, capacity) < nodesTouched(other.state, other.fit.capacity)
}
