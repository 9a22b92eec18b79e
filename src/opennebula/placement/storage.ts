/** Datastores while a plan is made: which system datastore a VM gets on a host, and whether its image datastores have the space. */
import type { Datastore } from '../xml/pools.ts'
import { freeDiskOf, type HostState } from './host-state.ts'
import type { Job } from './job.ts'
import type { RankOf } from './ranks.ts'

export interface Storage {
  readonly byId: ReadonlyMap<number, Datastore>
  /** MB left of datastores that hosts share. */
  readonly free: Map<number, number>
}

/** 1 = a datastore for running VMs. */
const SYSTEM = 1

export function openStorage(datastores: readonly Datastore[]): Storage {
  return {
    byId: new Map(datastores.map((datastore) => [datastore.id, datastore])),
    free: new Map(datastores.map(({ id, freeMb }) => [id, freeMb])),
  }
}

/** The job's system datastores, best first: by rank, then id. One that moves keeps its own. */
export function datastoresFor({ byId }: Storage, job: Job, rankOf: RankOf<Datastore>): readonly Datastore[] {
  const { vm, allowed } = job
  const ids = vm.resched ? (vm.datastore === null ? [] : [vm.datastore]) : allowed.datastores
  const known = ids.flatMap((id) => byId.get(id) ?? []).filter(({ type }) => type === SYSTEM)
  return known
    .map((datastore) => ({ datastore, rank: rankOf(datastore) }))
    .sort((a, b) => b.rank - a.rank || a.datastore.id - b.datastore.id)
    .map(({ datastore }) => datastore)
}

/** The first of these that the host's cluster has and that has the space; null = none. */
export function datastoreOn(
  storage: Storage,
  candidates: readonly Datastore[],
  job: Job,
  state: HostState,
): Datastore | null {
  for (const datastore of candidates)
    if (datastore.clusters.includes(state.host.cluster) && hasSpace(storage, datastore, job, state))
      return datastore
  return null
}

function hasSpace({ free }: Storage, datastore: Datastore, job: Job, state: HostState): boolean {
  const { system } = job.disks
  // Where hosts have their own space OpenNebula's test is strict: nothing does not fit into nothing.
  if (!datastore.shared) return system < freeDiskOf(state, datastore.id)
  return datastore.monitored && (keepsDisks(job) || isEnough(system, free.get(datastore.id) ?? 0))
}

const isEnough = (wanted: number, free: number): boolean => wanted === 0 || wanted < free

const keepsDisks = ({ vm }: Job): boolean => vm.resched || vm.resumed

/** An image datastore that has not the space for the job's disks; null = all have. */
export function fullImageDatastore({ byId, free }: Storage, job: Job): number | null {
  if (keepsDisks(job)) return null
  for (const [id, size] of job.disks.images)
    if (!byId.has(id) || !isEnough(size, free.get(id) ?? 0)) return id
  return null
}

/** Takes the space that the job needs. */
export function fillDisks({ free }: Storage, datastore: Datastore, job: Job, state: HostState): void {
  const { system, images } = job.disks
  const take = (id: number, size: number) => free.set(id, (free.get(id) ?? 0) - size)
  if (!datastore.shared) state.freeDisk.set(datastore.id, freeDiskOf(state, datastore.id) - system)
  else if (!keepsDisks(job)) take(datastore.id, system)
  if (!keepsDisks(job)) for (const [id, size] of images) take(id, size)
}
