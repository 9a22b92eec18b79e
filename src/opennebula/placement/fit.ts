/** May this host take this VM? The core's own checks and those of OpenNebula's scheduler; a reason where it may not. */
import { firstFit } from '../pci/first-fit.ts'
import type { Datastore } from '../xml/pools.ts'
import { allot } from './allot.ts'
import type { Cluster } from './cluster.ts'
import { type Affinity, NO_AFFINITY } from './groups.ts'
import { copyOf, type HostState, numaOf, occupy } from './host-state.ts'
import type { Job } from './job.ts'
import { type NicNetwork, networksIn } from './networks.ts'
import type { NumaHost } from './numa.ts'
import type { Question } from './question.ts'
import { datastoreOn } from './storage.ts'

/** `pci` is told apart only where a VM gets no host at all: src/opennebula/placement/pci-reason.ts. */
export type Reason =
  | 'host-state'
  | 'cpu'
  | 'memory'
  | 'pci'
  | 'numa'
  | 'affinity'
  | 'group-room'
  | 'dispatch-limit'
  | 'datastore'
  | 'network'

/** What the VM takes of the host. */
export interface Capacity {
  /** Positions in the host's PCI table. */
  readonly pci: readonly number[]
  readonly numa: NumaHost | null
  /** NUMA nodes of its CPUs; empty where it is not pinned. */
  readonly cpuNodes: readonly number[]
}

export interface Fit {
  readonly capacity: Capacity
  /** Null = not chosen here. */
  readonly datastore: Datastore | null
  readonly networks: readonly NicNetwork[]
}

/** The states in which OpenNebula places VMs: being monitored, and monitored. */
const READY: ReadonlySet<number> = new Set([1, 2])

/** `isBetter`: whether what the VM would take makes the host worth more questions; null where it does not. */
export function fitOn(
  question: Question,
  state: HostState,
  isBetter: (capacity: Capacity) => boolean,
): Fit | Reason | null {
  const { cluster, job, affinity, mates } = question
  if (!READY.has(state.host.state)) return 'host-state'
  if (mates.places !== null && !mates.places.has(state.host.id)) return 'affinity'
  const capacity = capacityOn(job, affinity, state)
  if (typeof capacity === 'string') return capacity
  if (!isBetter(capacity)) return null
  const { mostPerHost } = cluster.policy
  if (mostPerHost > 0 && state.planned >= mostPerHost) return 'dispatch-limit'
  const datastore = datastoreFor(question, state)
  if (datastore === 'none') return 'datastore'
  const networks = job.vm.autoNics.length === 0 ? NO_NETWORKS : networksFor(question, state)
  if (networks === null) return 'network'
  if (!hasRoomForMates(question, state, capacity)) return 'group-room'
  return { capacity, datastore, networks }
}

/** CPU, memory, PCI devices and NUMA nodes, as the core tests them when it deploys; and what the VM's groups keep apart. */
function capacityOn(job: Job, affinity: Affinity, state: HostState): Capacity | Reason {
  const { host } = state
  if (job.cpu > host.cpu - state.usedCpu) return 'cpu'
  if (job.memory > host.memory - state.usedMemory) return 'memory'
  if (affinity !== NO_AFFINITY && !isApart(affinity, state)) return 'affinity'
  const pci = firstFit(state.pci, job.ask)
  if (pci === null) return 'pci'
  if (job.numa === null) return { pci, numa: null, cpuNodes: NO_NODES }
  const near = pci.flatMap((position) => state.pci.devices[position]?.numaNode ?? [])
  const allotment = allot(numaOf(state), job.numa, near)
  if (allotment === null) return 'numa'
  return { pci, numa: allotment.host, cpuNodes: job.numa.pinned ? allotment.nodes : NO_NODES }
}

const NO_NODES: readonly number[] = []
const NO_NETWORKS: readonly NicNetwork[] = []

function isApart({ hosts, notHosts, apart }: Affinity, { host, vms }: HostState): boolean {
  if (notHosts.includes(host.id) || !hosts.every((allowed) => allowed.includes(host.id))) return false
  for (const vm of apart) if (vms.has(vm)) return false
  return true
}

/** The first of an affined set must leave room for all who will have to follow. */
function hasRoomForMates({ cluster, job, mates }: Question, state: HostState, capacity: Capacity): boolean {
  const { followers, noRoomOn } = mates
  if (followers.length === 0) return true
  if (noRoomOn.has(state.index)) return false
  const hasRoom =
    job.cpu + mates.cpu <= state.host.cpu - state.usedCpu &&
    job.memory + mates.memory <= state.host.memory - state.usedMemory &&
    fitOneByOne(cluster, job, followers, state, capacity)
  if (!hasRoom) noRoomOn.add(state.index)
  return hasRoom
}

function fitOneByOne(
  cluster: Cluster,
  job: Job,
  followers: readonly Job[],
  state: HostState,
  capacity: Capacity,
): boolean {
  const trial = copyOf(state)
  occupy(trial, job, capacity.pci, capacity.numa, false)
  for (const mate of followers) {
    if (!mate.allowed.hosts.includes(state.host.id)) return false
    const needs = capacityOn(mate, cluster.affinities.get(mate.vm.id) ?? NO_AFFINITY, trial)
    if (typeof needs === 'string') return false
    occupy(trial, mate, needs.pci, needs.numa, false)
  }
  return true
}

function datastoreFor(question: Question, state: HostState): Datastore | null | 'none' {
  const { cluster, datastores, job } = question
  if (cluster.storage === null || datastores === null) return null
  return datastoreOn(cluster.storage, datastores, job, state) ?? 'none'
}

function networksFor({ cluster, job }: Question, { host }: HostState): readonly NicNetwork[] | null {
  const rankOf = (expression: string) => cluster.networkRanks.ranking(expression).of
  return networksIn(cluster.networks, job, host.cluster, rankOf)
}
