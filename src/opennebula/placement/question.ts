/** One VM made ready for being asked of many hosts. */
import type { Datastore } from '../xml/pools.ts'
import type { Cluster } from './cluster.ts'
import { type Affinity, NO_AFFINITY } from './groups.ts'
import type { Job } from './job.ts'
import { type Mates, matesOf } from './mates.ts'
import { datastoresFor } from './storage.ts'

export interface Question {
  readonly cluster: Cluster
  readonly job: Job
  readonly affinity: Affinity
  readonly mates: Mates
  /** System datastores, the best first; null = not chosen here. */
  readonly datastores: readonly Datastore[] | null
}

export function questionOf(cluster: Cluster, job: Job): Question {
  const { storage, datastoreRanks } = cluster
  const rankOf = datastoreRanks.ranking(job.vm.datastoreRank).of
  const affinity = cluster.affinities.get(job.vm.id) ?? NO_AFFINITY
  return {
    cluster,
    job,
    affinity,
    mates: matesOf(cluster, job, affinity),
    datastores: storage === null ? null : datastoresFor(storage, job, rankOf),
  }
}
