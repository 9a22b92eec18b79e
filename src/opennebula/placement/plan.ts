/** The plan of one cycle: VMs in turn, each on the best host that will take it; what one takes, the next cannot. Pure and deterministic. */
import type { Policy } from '../policy.ts'
import { type Choice, chooseHost } from './choose.ts'
import { type Cluster, openCluster, type Pools } from './cluster.ts'
import { refusedBefore, rememberRefusal } from './hopeless.ts'
import { occupy } from './host-state.ts'
import type { Job } from './job.ts'
import { flawedMates } from './mates.ts'
import { oneLine, refusalText } from './message.ts'
import { type NicNetwork, takeLeases } from './networks.ts'
import { fillDisks, fullImageDatastore } from './storage.ts'

export interface Placement {
  readonly vm: number
  readonly host: number
  /** Null = not chosen here. */
  readonly datastore: number | null
  readonly operation: 'deploy' | 'migrate'
  readonly networks: readonly NicNetwork[]
}

/** A line about one VM. */
export interface Remark {
  readonly vm: number
  readonly message: string
}

export interface Plan {
  /** In the order in which they were placed. */
  readonly placements: readonly Placement[]
  /** VMs that wait, and why. */
  readonly waiting: readonly Remark[]
  /** About VMs, placed or not. */
  readonly warnings: readonly Remark[]
}

export function planPools(pools: Pools, policy: Policy): Plan {
  const cluster = openCluster(pools, policy)
  const placements: Placement[] = []
  const waiting: Remark[] = []
  for (const job of cluster.jobs) {
    const found = place(cluster, job, placements.length)
    if (typeof found === 'string') waiting.push({ vm: job.vm.id, message: found })
    else placements.push(found)
  }
  return { placements, waiting, warnings: cluster.jobs.flatMap((job) => warningsOf(cluster, job)) }
}

/** The placement, or why the VM waits. */
function place(cluster: Cluster, job: Job, placed: number): Placement | string {
  const { policy, storage } = cluster
  if (job.flaw !== null) return oneLine(`Cannot dispatch VM: ${job.flaw}`)
  if (policy.mostPerCycle > 0 && placed >= policy.mostPerCycle)
    return `Cannot dispatch VM: the limit of ${policy.mostPerCycle} VMs in one cycle is reached; the next will try`
  if (!job.allowed.hosts.some((id) => cluster.states.has(id)))
    return 'Cannot dispatch VM: OpenNebula names no host for it'
  const full = storage === null ? null : fullImageDatastore(storage, job)
  if (full !== null) return `Cannot dispatch VM: image datastore ${full} has not enough space`
  const before = refusedBefore(cluster, job)
  if (before !== null) return before
  const choice = chooseHost(cluster, job)
  if ('fit' in choice) return commit(cluster, job, choice)
  const message = refusalText(cluster, job, choice)
  rememberRefusal(cluster, job, message)
  return message
}

function commit(cluster: Cluster, job: Job, { state, fit }: Choice): Placement {
  const { vm } = job
  occupy(state, job, fit.capacity.pci, fit.capacity.numa, true)
  cluster.hostRanks.forget(state)
  if (cluster.storage !== null && fit.datastore !== null)
    fillDisks(cluster.storage, fit.datastore, job, state)
  takeLeases(cluster.networks, fit.networks)
  cluster.located.set(vm.id, state.host.id)
  cluster.waiting.delete(vm.id)
  return {
    vm: vm.id,
    host: state.host.id,
    datastore: fit.datastore?.id ?? null,
    operation: vm.resched ? 'migrate' : 'deploy',
    networks: fit.networks,
  }
}

function warningsOf(cluster: Cluster, job: Job): readonly Remark[] {
  return [...unreadable(cluster, job), ...leftBehind(cluster, job)]
}

/** Mates that a placed VM was not made to wait for. */
function leftBehind(cluster: Cluster, job: Job): readonly Remark[] {
  if (cluster.waiting.has(job.vm.id)) return []
  return flawedMates(cluster, job).map((mate) => ({
    vm: job.vm.id,
    message: `placed without VM ${mate.vm.id}, which must be on the same host: ${mate.flaw}`,
  }))
}

/** Expressions that cannot be read: they rank all alike. */
function unreadable({ hostRanks, datastoreRanks, networkRanks }: Cluster, { vm }: Job): readonly Remark[] {
  const rankings = [
    ['SCHED_RANK', hostRanks.ranking(vm.rank)],
    ['SCHED_DS_RANK', datastoreRanks.ranking(vm.datastoreRank)],
    ...vm.autoNics.map(({ id, rank }) => [`SCHED_RANK of NIC ${id}`, networkRanks.ranking(rank)] as const),
  ] as const
  return rankings.flatMap(([name, { problem }]) =>
    problem === null
      ? []
      : [{ vm: vm.id, message: `${name} cannot be read and counts for nothing: ${problem}` }],
  )
}
