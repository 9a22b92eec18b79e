/** All that a plan is made from, and what it has placed so far. */
import type { PciRequest } from '../pci/request.ts'
import { emptyKinds, pciTable } from '../pci/table.ts'
import { worthOfKinds } from '../pci/worth.ts'
import type { Policy } from '../policy.ts'
import type { Host } from '../xml/host.ts'
import type { Allowed, Datastore, Network } from '../xml/pools.ts'
import type { Vm } from '../xml/vm.ts'
import type { VmGroup } from '../xml/vm-group.ts'
import { type Affinity, affinities } from './groups.ts'
import type { Refused } from './hopeless.ts'
import { type HostState, hostState } from './host-state.ts'
import { inTurn, type Job, jobOf } from './job.ts'
import { type Networks, openNetworks } from './networks.ts'
import { attributeRanks, hostRanks, type Ranks } from './ranks.ts'
import { openStorage, type Storage } from './storage.ts'

export interface Cluster {
  readonly policy: Policy
  readonly states: ReadonlyMap<number, HostState>
  /** Some host has devices with one SHORT_ADDRESS. */
  readonly hasTwins: boolean
  /** Worth of devices by kind. */
  readonly worth: readonly number[]
  /** Null = somebody else chooses datastores and networks (the External Scheduler's core). */
  readonly storage: Storage | null
  readonly networks: Networks
  readonly hostRanks: ReturnType<typeof hostRanks>
  readonly datastoreRanks: Ranks<Datastore>
  readonly networkRanks: Ranks<Network>
  readonly affinities: ReadonlyMap<number, Affinity>
  /** Hosts of VMs, running and planned. */
  readonly located: Map<number, number>
  /** In the order in which they are placed. */
  readonly jobs: readonly Job[]
  /** Whether some order of an ask's blocks fits, by ask and by what a host has free. */
  readonly orders: Map<string, boolean>
  /** VMs that no host could take, by what they wish (src/opennebula/placement/hopeless.ts). */
  readonly refused: Map<string, Refused>
  /** Those that are not placed yet, by VM. */
  readonly waiting: Map<number, Job>
  /** Places in `jobs`, by VM. */
  readonly turns: ReadonlyMap<number, number>
  /** Hosts, by index, that have no room for a whole affined set. */
  readonly noRoom: Map<ReadonlySet<number>, Set<number>>
}

export interface Pools {
  readonly vms: readonly Vm[]
  readonly hosts: readonly Host[]
  readonly datastores: readonly Datastore[] | null
  readonly networks: readonly Network[]
  readonly groups: readonly VmGroup[]
  readonly allowed: readonly Allowed[]
}

/** OpenNebula's STATE of a VM that is to be deployed, new or resumed, and of one that runs. */
const PENDING = 1
const ACTIVE = 3

export function openCluster(pools: Pools, policy: Policy): Cluster {
  const kinds = emptyKinds()
  const states = new Map(
    pools.hosts.map((host, index) => [host.id, hostState(index, host, pciTable(host.pci, kinds))]),
  )
  const jobs = inTurn(toBePlaced(pools).map(([vm, allowed]) => jobOf(vm, allowed, kinds, policy)))
  const tables = [...states.values()].map(({ pci }) => pci)
  return {
    policy,
    states,
    hasTwins: tables.some((table) => table.hasTwins),
    worth: worthOfKinds(kinds, tables, requestsOf(jobs)),
    storage: pools.datastores === null ? null : openStorage(pools.datastores),
    networks: openNetworks(pools.networks, policy.differentNetworks),
    hostRanks: hostRanks(policy.hostRank),
    datastoreRanks: attributeRanks(policy.datastoreRank),
    networkRanks: attributeRanks(policy.networkRank),
    affinities: affinities(pools.groups),
    located: locations(pools),
    jobs,
    orders: new Map(),
    refused: new Map(),
    waiting: new Map(jobs.map((job) => [job.vm.id, job])),
    turns: new Map(jobs.map((job, turn) => [job.vm.id, turn])),
    noRoom: new Map(),
  }
}

/** VMs that wait for a host and those that are to be moved, once each. */
function toBePlaced({ vms, allowed }: Pools): readonly (readonly [Vm, Allowed])[] {
  const eligible = vms.filter(({ id, state, resched }) => id >= 0 && (state === PENDING || resched))
  const byVm = new Map(allowed.map((one) => [one.vm, one]))
  const known = new Map(eligible.map((vm) => [vm.id, vm]))
  return [...known.values()].flatMap((vm) => {
    const its = byVm.get(vm.id)
    return its === undefined ? [] : [[vm, its] as const]
  })
}

function* requestsOf(jobs: readonly Job[]): Iterable<PciRequest> {
  for (const { requests } of jobs) yield* requests
}

/** A VM that does not run has no place, though a host it was on may still list it. */
function locations({ vms, hosts }: Pools): Map<number, number> {
  const located = new Map<number, number>()
  const resting = new Set(vms.flatMap(({ id, state }) => (state === ACTIVE ? [] : [id])))
  for (const { id, state, host } of vms) if (state === ACTIVE && host !== null) located.set(id, host)
  for (const host of hosts) for (const vm of host.vms) if (!resting.has(vm)) located.set(vm, host.id)
  return located
}
