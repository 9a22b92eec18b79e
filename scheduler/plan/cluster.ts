/** The cluster while a plan is made: host states by leaf, and columns over them that a search can skip hosts by. */
import type { AttributeValue, Rank, Requirement } from '../../src/model/expression.ts'
import type { Request } from '../../src/model/request.ts'
import type { PendingVm, PlacementPolicy, SnapshotHost } from '../../src/model/snapshot.ts'
import { type Catalog, emptyCatalog, type Worth, worthByKind } from '../allocate/catalog.ts'
import {
  afterPlacing,
  attributeReader,
  CHANGING_ATTRIBUTES,
  freeCpu,
  freeMemoryMiB,
  type HostState,
  hostState,
} from '../feasible/host-state.ts'
import { compileTest, requirementChanges } from '../feasible/requirement.ts'
import {
  NO_OFFER,
  type Offer,
  offerAtAddress,
  offerOfKinds,
  offerOfSlots,
  type Stock,
  stockOf,
} from '../rank/offer.ts'
import { compileRank, rankChanges } from '../rank/rank.ts'
import { appealOf, type Weights, weightsOf } from '../rank/score.ts'
import { matches, selectorKey } from '../request/match.ts'
import type { Value } from './bounds.ts'
import { emptyHeap, type Heap } from './heap.ts'
import { buildTree, emptyTree, initLeaf, type MaxTree, setLeaf, settle } from './max-tree.ts'

/** What depends on the hosts alone; any number of plans can be made on it. */
export interface ClusterIndex {
  readonly catalog: Catalog
  /** Hosts equipped alike stand together, so that whole stretches of them can be skipped. */
  readonly states: readonly HostState[]
}

/** Sorts and judges all hosts and their devices; their order in the input does not matter. */
export function indexCluster(hosts: readonly SnapshotHost[]): ClusterIndex {
  const catalog = emptyCatalog()
  const states = [...hosts].sort((a, b) => a.id - b.id).map((host) => hostState(host, catalog))
  const keys = new Map(states.map((state) => [state, equipmentOf(catalog, state)]))
  const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  states.sort((a, b) => byKey(keys.get(a) ?? '', keys.get(b) ?? '') || a.host.id - b.host.id)
  return { catalog, states }
}

/** The kinds of free devices that a host has, those that fewest hosts have first: sorting by it puts like to like. */
function equipmentOf(catalog: Catalog, { table }: HostState): string {
  const kinds = new Set(table.layout.kinds.filter((_, position) => table.free[position]))
  const rarity = (kind: number): number => catalog.hostsWith[kind] ?? 0
  const rarestFirst = [...kinds].sort((a, b) => rarity(a) - rarity(b) || a - b)
  return String.fromCodePoint(...rarestFirst.map((kind) => Math.min(0xffff, rarity(kind))), 0, ...rarestFirst)
}

/** A number for every host, kept true as hosts change. */
interface Column {
  readonly tree: MaxTree
  readonly measure: (leaf: number) => number
  /** False where nothing that a plan does changes it. */
  readonly changing: boolean
}

interface OfferTrees {
  readonly counts: MaxTree
  /** Negative prices, so that the largest is the cheapest. */
  readonly cheapness: MaxTree
  /** The policy's score of a VM with this request alone: a tighter bound than appeal and price taken apart. */
  readonly scores: MaxTree
}

/** What hosts offer one kind of request. */
export interface OfferColumn extends OfferTrees {
  readonly offerOf: (leaf: number) => Offer
  /** By kind number; null = it depends on more than the kind. */
  readonly kindsWanted: readonly boolean[] | null
}

function emptyTrees(count: number): OfferTrees {
  return {
    counts: emptyTree(count, 0),
    cheapness: emptyTree(count, -Infinity),
    scores: emptyTree(count, -Infinity),
  }
}

interface Version {
  readonly since: number
  readonly state: HostState
}

export interface Cluster {
  readonly catalog: Catalog
  readonly weights: Weights
  readonly worth: Worth
  readonly states: HostState[]
  readonly stocks: (readonly Stock[])[]
  /** Earlier states of hosts that changed, oldest first: a refusal is told as it was when it fell. */
  readonly history: Map<number, Version[]>
  /** Placements so far. */
  version: number
  readonly cpu: Column
  readonly memory: Column
  readonly appeal: Column
  readonly offers: Map<string, OfferColumn>
  readonly nothing: OfferTrees
  readonly requirements: Map<string, Column>
  /** By name, then leaf. */
  readonly attributes: Map<string, readonly (AttributeValue | undefined)[]>
  readonly ranks: Map<string, Column>
  /** By tree node: the lowest host id below it. */
  readonly lowestId: Float64Array
  /** By kind number: hosts (leaves) with a free device of that kind at the start. */
  readonly leavesOf: readonly (readonly number[])[]
  /** Room for a search (best-host.ts). */
  readonly heap: Heap
  readonly room: Value[]
}

export function openCluster(
  index: ClusterIndex,
  vms: readonly PendingVm[],
  policy: PlacementPolicy,
): Cluster {
  const worth = worthByKind(index.catalog, requestsOf(vms))
  const states = [...index.states]
  const memo = new Map<number, readonly Stock[]>()
  const stocks = states.map(({ table }) => {
    const stock = memo.get(table.state) ?? stockOf(table, worth)
    memo.set(table.state, stock)
    return stock
  })
  const at = (leaf: number): HostState => stateAt(states, leaf)
  const column = (measure: (leaf: number) => number): Column => ({
    tree: buildTree(states.length, measure),
    measure,
    changing: true,
  })
  const ids = buildTree(states.length, (leaf) => -at(leaf).host.id)
  return {
    catalog: index.catalog,
    weights: weightsOf(policy),
    worth,
    states,
    stocks,
    history: new Map(),
    version: 0,
    cpu: column((leaf) => (at(leaf).host.state === 'on' ? freeCpu(at(leaf)) : -Infinity)),
    memory: column((leaf) => freeMemoryMiB(at(leaf))),
    appeal: column((leaf) => appealOf(policy, at(leaf), stocks[leaf] ?? [])),
    offers: new Map(),
    nothing: nothingOffered(states.length),
    requirements: new Map(),
    attributes: new Map(),
    ranks: new Map(),
    lowestId: ids.nodes.map((id) => -id),
    leavesOf: leavesByKind(stocks),
    heap: emptyHeap(),
    room: [],
  }
}

function nothingOffered(count: number): OfferTrees {
  const trees = emptyTrees(count)
  settle(trees.counts)
  return trees
}

function leavesByKind(stocks: readonly (readonly Stock[])[]): number[][] {
  const leavesOf: number[][] = []
  for (const [leaf, stock] of stocks.entries())
    for (const { kind } of stock) {
      const leaves = leavesOf[kind]
      if (leaves?.at(-1) === leaf) continue
      if (leaves) leaves.push(leaf)
      else leavesOf[kind] = [leaf]
    }
  return leavesOf
}

function* requestsOf(vms: readonly PendingVm[]): Iterable<Request> {
  for (const vm of vms) yield* vm.requests
}

export function stateAt(states: readonly HostState[], leaf: number): HostState {
  const state = states[leaf]
  if (state === undefined) throw new RangeError(`no host at leaf ${leaf} of ${states.length}`)
  return state
}

export function offerColumn(cluster: Cluster, request: Request): OfferColumn {
  const key = selectorKey(request)
  const known = cluster.offers.get(key)
  if (known !== undefined) return known
  const leaves = leavesFor(cluster, request)
  const column = emptyOfferColumn(cluster, request, leaves.size === 0)
  for (const leaf of leaves) putOffer(cluster, column, leaf, initLeaf)
  if (leaves.size > 0) for (const tree of [column.counts, column.cheapness, column.scores]) settle(tree)
  cluster.offers.set(key, column)
  return column
}

/** `forever`: no host has anything for it, nor will have; such columns share their trees. */
function emptyOfferColumn(cluster: Cluster, request: Request, forever: boolean): OfferColumn {
  const { states, stocks, worth } = cluster
  const byKind = request.selector.address === null && !request.allFunctions
  const fits = byKind ? cluster.catalog.examples.map((example) => matches(request, example)) : null
  const offerOf = (leaf: number): Offer => {
    const { host, table } = stateAt(states, leaf)
    if (!host.passthroughReady) return NO_OFFER
    if (fits !== null) return offerOfKinds(stocks[leaf] ?? [], fits)
    return request.allFunctions ? offerOfSlots(table, request, worth) : offerAtAddress(table, request, worth)
  }
  if (forever) return { ...cluster.nothing, offerOf, kindsWanted: fits }
  return { ...emptyTrees(states.length), offerOf, kindsWanted: fits }
}

/** Hosts that have a free device of a kind that the request would take (at whatever address). */
function leavesFor(cluster: Cluster, request: Request): ReadonlySet<number> {
  const anywhere = { ...request, selector: { ...request.selector, address: null } }
  const lists = cluster.catalog.examples.flatMap((example, kind) =>
    matches(anywhere, example) ? [cluster.leavesOf[kind] ?? []] : [],
  )
  return new Set(lists.flat())
}

function putOffer(
  cluster: Cluster,
  column: OfferColumn,
  leaf: number,
  put: (tree: MaxTree, leaf: number, value: number) => void,
): void {
  const offer = column.offerOf(leaf)
  put(column.counts, leaf, offer.count)
  put(column.cheapness, leaf, -offer.price)
  put(column.scores, leaf, scoreAlone(cluster, leaf, -offer.price))
}

function scoreAlone({ appeal, weights }: Cluster, leaf: number, cheapness: number): number {
  const own = appeal.tree.nodes[appeal.tree.base + leaf] ?? -Infinity
  return own * weights.appealWeight + cheapness * weights.priceWeight
}

/** 1 where the host meets it, 0 where not. */
export function requirementColumn(cluster: Cluster, key: string, requirement: Requirement): Column {
  const changing = requirementChanges(requirement)
  return expressionColumn(cluster, cluster.requirements, key, changing, () => {
    const meets = compileTest(requirement, (name) => attributeByLeaf(cluster, name))
    return (leaf) => (meets(leaf) ? 1 : 0)
  })
}

export function rankColumn(cluster: Cluster, key: string, rank: Rank): Column {
  return expressionColumn(cluster, cluster.ranks, key, rankChanges(rank), () => {
    const rankOf = compileRank(rank)
    return (leaf) => rankOf(stateAt(cluster.states, leaf))
  })
}

/** An attribute that placing does not change is read once from every host: most expressions ask for the same few. */
function attributeByLeaf(cluster: Cluster, name: string): (leaf: number) => AttributeValue | undefined {
  const read = attributeReader(name)
  if (CHANGING_ATTRIBUTES.has(name)) return (leaf) => read(stateAt(cluster.states, leaf))
  const values = cluster.attributes.get(name) ?? cluster.states.map(read)
  cluster.attributes.set(name, values)
  return (leaf) => values[leaf]
}

function expressionColumn(
  cluster: Cluster,
  columns: Map<string, Column>,
  key: string,
  changing: boolean,
  compile: () => (leaf: number) => number,
): Column {
  const known = columns.get(key)
  if (known !== undefined) return known
  const measure = compile()
  const column = { tree: buildTree(cluster.states.length, measure), measure, changing }
  columns.set(key, column)
  return column
}

/** Puts `vm` on the host with these devices (positions, held ones included) and brings the columns up to date. */
export function commit(cluster: Cluster, leaf: number, vm: PendingVm, taken: readonly number[]): void {
  const before = stateAt(cluster.states, leaf)
  const after = afterPlacing(cluster.catalog, before, vm, taken)
  const past = cluster.history.get(leaf) ?? [{ since: 0, state: before }]
  cluster.version += 1
  past.push({ since: cluster.version, state: after })
  cluster.history.set(leaf, past)
  cluster.states[leaf] = after
  const kinds = new Set(taken.map((position) => after.table.layout.kinds[position] ?? -1))
  if (taken.length > 0) cluster.stocks[leaf] = stockOf(after.table, cluster.worth)
  for (const column of [cluster.cpu, cluster.memory, cluster.appeal]) refresh(column, leaf)
  for (const column of cluster.requirements.values()) refresh(column, leaf)
  for (const column of cluster.ranks.values()) refresh(column, leaf)
  for (const column of cluster.offers.values())
    if ((column.counts.nodes[column.counts.base + leaf] ?? 0) > 0) refreshOffer(cluster, column, leaf, kinds)
}

function refresh(column: Column, leaf: number): void {
  if (column.changing) setLeaf(column.tree, leaf, column.measure(leaf))
}

/** Devices of these kinds were taken; where the request wants none of them, only the host's appeal is new. */
function refreshOffer(cluster: Cluster, column: OfferColumn, leaf: number, kinds: ReadonlySet<number>): void {
  const { kindsWanted, cheapness, scores } = column
  let touched = kindsWanted === null
  for (const kind of kinds) touched ||= kindsWanted?.[kind] === true
  if (touched) putOffer(cluster, column, leaf, setLeaf)
  else setLeaf(scores, leaf, scoreAlone(cluster, leaf, cheapness.nodes[cheapness.base + leaf] ?? -Infinity))
}

/** The host at `leaf` as it was after `version` placements. */
export function stateThen(cluster: Cluster, leaf: number, version: number): HostState {
  const past = cluster.history.get(leaf)
  if (past === undefined) return stateAt(cluster.states, leaf)
  return past.findLast((entry) => entry.since <= version)?.state ?? stateAt(cluster.states, leaf)
}
