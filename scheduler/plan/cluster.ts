/** The cluster while a plan is made: host states by leaf, and columns over them that a search can skip hosts by. */
import type { AttributeValue } from '../../src/model/expression.ts'
import type { Request } from '../../src/model/request.ts'
import type { AllocatedUsbDevice, PendingVm, PlacementPolicy } from '../../src/model/snapshot.ts'
import { type Catalog, type Worth, worthByKind } from '../allocate/catalog.ts'
import { controllersOf } from '../allocate/device-table.ts'
import { afterPlacing, type HostState, usbGiven } from '../feasible/host-state.ts'
import { type Stock, stockOf } from '../rank/offer.ts'
import { appealOf, type Weights, weightsOf } from '../rank/score.ts'
import { type ClusterIndex, cpuOffered, memoryOffered, stateAt } from './cluster-index.ts'
import { emptyHeap, type Heap } from './heap.ts'
import { buildTree, type Column, copyTree, leafValue, type MaxTree, setLeaf } from './max-tree.ts'
import { nothingOffered, type OfferColumn, type OfferTrees, refreshOffer } from './offer-column.ts'
import { emptyTold, type ToldRefusals } from './told.ts'

interface Version {
  readonly since: number
  readonly state: HostState
}

export interface Cluster {
  readonly index: ClusterIndex
  readonly catalog: Catalog
  readonly weights: Weights
  readonly worth: Worth
  readonly states: HostState[]
  readonly stocks: (readonly Stock[])[]
  /** Earlier states of hosts that changed, oldest first: a refusal is told as it was when it fell. */
  readonly history: Map<number, Version[]>
  /** The leaf of each placement so far: the cluster's version is their number. */
  readonly placedOn: number[]
  readonly told: ToldRefusals
  readonly cpu: Column
  readonly memory: Column
  readonly appeal: Column
  readonly offers: Map<string, OfferColumn>
  readonly nothing: OfferTrees
  readonly nodeCounts: Map<string, Column>
  readonly requirements: Map<string, Column>
  /** By name, then leaf. */
  readonly attributes: Map<string, readonly (AttributeValue | undefined)[]>
  readonly ranks: Map<string, Column>
  /** By selector. */
  readonly usbOffers: Map<string, Column>
  /** Room for a search (best-host.ts). */
  readonly heap: Heap
}

export function openCluster(
  index: ClusterIndex,
  vms: readonly PendingVm[],
  policy: PlacementPolicy,
): Cluster {
  const worth = worthByKind(index.catalog, requestsOf(vms))
  const states = [...index.states]
  const stocks = [...index.stocks]
  const appeal = (leaf: number): number => appealOf(policy, stateAt(states, leaf), stocks[leaf] ?? [], worth)
  return {
    index,
    catalog: index.catalog,
    weights: weightsOf(policy),
    worth,
    states,
    stocks,
    history: new Map(),
    placedOn: [],
    told: emptyTold(),
    cpu: changing(copyTree(index.cpu), (leaf) => cpuOffered(states, leaf)),
    memory: changing(copyTree(index.memory), (leaf) => memoryOffered(states, leaf)),
    appeal: changing(buildTree(states.length, appeal), appeal),
    offers: new Map(),
    nothing: nothingOffered(states.length),
    nodeCounts: new Map(),
    requirements: new Map(),
    attributes: new Map(),
    ranks: new Map(),
    usbOffers: new Map(),
    heap: emptyHeap(),
  }
}

function* requestsOf(vms: readonly PendingVm[]): Iterable<Request> {
  for (const vm of vms) yield* vm.requests
}

function changing(tree: MaxTree, measure: (leaf: number) => number): Column {
  return { tree, measure, changing: true }
}

/** Puts `vm` on the host with these devices (positions, held ones included) and brings the columns up to date. */
export function commit(
  cluster: Cluster,
  leaf: number,
  vm: PendingVm,
  given: readonly number[],
  usb: readonly AllocatedUsbDevice[],
): void {
  const before = stateAt(cluster.states, leaf)
  const after = afterPlacing(cluster.catalog, before, vm, given, usb)
  const taken = usb.length === 0 ? given : [...given, ...controllersOf(before.table, usbGiven(before, usb))]
  const past = cluster.history.get(leaf) ?? [{ since: 0, state: before }]
  cluster.placedOn.push(leaf)
  past.push({ since: cluster.placedOn.length, state: after })
  cluster.history.set(leaf, past)
  cluster.states[leaf] = after
  const kinds = new Set(taken.map((position) => after.table.layout.kinds[position] ?? -1))
  if (taken.length > 0) cluster.stocks[leaf] = stockOf(after.table)
  for (const column of [cluster.cpu, cluster.memory, cluster.appeal]) refresh(column, leaf)
  for (const column of cluster.requirements.values()) refresh(column, leaf)
  for (const column of cluster.ranks.values()) refresh(column, leaf)
  for (const column of cluster.usbOffers.values()) refresh(column, leaf)
  for (const column of cluster.nodeCounts.values())
    if (leafValue(column.tree, leaf) > 0) refresh(column, leaf)
  for (const column of cluster.offers.values())
    if (leafValue(column.counts, leaf) > 0) refreshOffer(cluster, column, leaf, kinds)
}

function refresh(column: Column, leaf: number): void {
  if (column.changing) setLeaf(column.tree, leaf, column.measure(leaf))
}

/** The host at `leaf` as it was after `version` placements. */
export function stateThen(cluster: Cluster, leaf: number, version: number): HostState {
  const past = cluster.history.get(leaf)
  if (past === undefined) return stateAt(cluster.states, leaf)
  return past.findLast((entry) => entry.since <= version)?.state ?? stateAt(cluster.states, leaf)
}
