/** The best host for one VM, or why there is none. */
import type { Cluster } from './cluster.ts'
import { type Fit, fitOn, type Reason } from './fit.ts'
import type { HostState } from './host-state.ts'
import type { Job } from './job.ts'
import { compareMerits, type Merit, meritOf, nodesTouched, rankComesFirst } from './merit.ts'
import { type Question, questionOf } from './question.ts'

export interface Choice {
  readonly state: HostState
  readonly fit: Fit
}

/** Hosts by the first thing that kept the VM from them. */
export type Refusals = ReadonlyMap<Reason, readonly HostState[]>

type Best = Choice & { readonly merit: Merit }

/** Among equals the host listed first. */
export function chooseHost(cluster: Cluster, job: Job): Choice | Refusals {
  const question = questionOf(cluster, job)
  const ranking = cluster.hostRanks.ranking(job.vm.rank)
  const byRank = rankComesFirst(cluster, job)
  const refusals = new Map<Reason, HostState[]>()
  let best: Best | null = null
  for (const state of hostsOf(question)) {
    // A host of a lower rank need not be asked.
    if (best !== null && byRank && ranking.of(state) < best.merit.first) continue
    const fit = fitOn(question, state)
    if (typeof fit === 'string') {
      const hosts = refusals.get(fit)
      if (hosts) hosts.push(state)
      else refusals.set(fit, [state])
      continue
    }
    const merit = meritOf(cluster, job, ranking, state, fit.capacity)
    if (best === null || isBetter({ state, fit, merit }, best)) best = { state, fit, merit }
  }
  return best ?? refusals
}

function* hostsOf({ cluster, job }: Question): Iterable<HostState> {
  for (const id of job.allowed.hosts) {
    const state = cluster.states.get(id)
    if (state !== undefined) yield state
  }
}

function isBetter(one: Best, other: Best): boolean {
  const difference = compareMerits(one.merit, other.merit)
  if (difference !== 0) return difference > 0
  return nodesTouched(one.state, one.fit.capacity) < nodesTouched(other.state, other.fit.capacity)
}
