/** The cluster before any plan: hosts judged and sorted, kinds, layouts and device states numbered. */
import type { SnapshotHost } from '../../src/model/snapshot.ts'
import { type Catalog, emptyCatalog } from '../allocate/catalog.ts'
import { freeCpu, freeMemoryMiB, type HostState, hostState } from '../feasible/host-state.ts'
import { type Stock, stockOf } from '../rank/offer.ts'
import { buildTree, type MaxTree } from './max-tree.ts'
import { type Supply, suppliesOf } from './supply.ts'

/** What depends on the hosts alone; any number of plans can be made on it. */
export interface ClusterIndex {
  readonly catalog: Catalog
  /** Hosts equipped alike stand together, so that whole stretches of them can be skipped. */
  readonly states: readonly HostState[]
  /** By leaf (place in `states`); hosts in one device state share theirs. */
  readonly stocks: readonly (readonly Stock[])[]
  readonly supplies: readonly Supply[]
  /** NUMA nodes that hosts have free devices on, ascending. */
  readonly numaNodes: readonly number[]
  /** By host id, ascending. */
  readonly leafOf: ReadonlyMap<number, number>
  /** Leaves where a VM holds something. */
  readonly leavesHeldBy: ReadonlyMap<number, readonly number[]>
  /** Free at the start; no CPU (-Infinity) where the host is not on. */
  readonly cpu: MaxTree
  readonly memory: MaxTree
  /** By tree node: the lowest host id below it. */
  readonly lowestId: Float64Array
}

/** Sorts and judges all hosts and their devices; their order in the input does not matter. */
export function indexCluster(hosts: readonly SnapshotHost[]): ClusterIndex {
  const catalog = emptyCatalog()
  const states = [...hosts].sort((a, b) => a.id - b.id).map((host) => hostState(host, catalog))
  const rarityOf = raritiesOf(catalog)
  const keys = new Map(states.map((state) => [state, equipmentOf(state, rarityOf)]))
  const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  states.sort((a, b) => byKey(keys.get(a) ?? '', keys.get(b) ?? '') || a.host.id - b.host.id)
  const stocks = stocksOf(states)
  const supplies = suppliesOf(states, stocks)
  const idAt = (leaf: number): number => states[leaf]?.host.id ?? Infinity
  const leavesById = [...states.keys()].sort((a, b) => idAt(a) - idAt(b))
  return {
    catalog,
    states,
    stocks,
    supplies,
    numaNodes: numaNodesOf(supplies),
    leafOf: new Map(leavesById.map((leaf) => [idAt(leaf), leaf])),
    leavesHeldBy: leavesByHolder(states),
    cpu: buildTree(states.length, (leaf) => cpuOffered(states, leaf)),
    memory: buildTree(states.length, (leaf) => memoryOffered(states, leaf)),
    lowestId: buildTree(states.length, (leaf) => -idAt(leaf)).nodes.map((id) => -id),
  }
}

export function stateAt(states: readonly HostState[], leaf: number): HostState {
  const state = states[leaf]
  if (state === undefined) throw new RangeError(`no host at leaf ${leaf} of ${states.length}`)
  return state
}

export function cpuOffered(states: readonly HostState[], leaf: number): number {
  const state = stateAt(states, leaf)
  return state.host.state === 'on' ? freeCpu(state) : -Infinity
}

export function memoryOffered(states: readonly HostState[], leaf: number): number {
  return freeMemoryMiB(stateAt(states, leaf))
}

function stocksOf(states: readonly HostState[]): (readonly Stock[])[] {
  const known = new Map<number, readonly Stock[]>()
  return states.map(({ table }) => {
    const stock = known.get(table.state) ?? stockOf(table)
    known.set(table.state, stock)
    return stock
  })
}

function numaNodesOf(supplies: readonly Supply[]): number[] {
  const nodes = new Set(supplies.flatMap(({ node }) => (node === null ? [] : [node])))
  return [...nodes].sort((a, b) => a - b)
}

function leavesByHolder(states: readonly HostState[]): Map<number, number[]> {
  const leaves = new Map<number, number[]>()
  for (const [leaf, { table }] of states.entries())
    for (const holder of table.holders) leaves.set(holder, [...(leaves.get(holder) ?? []), leaf])
  return leaves
}

/** The kinds of free devices that a host has, those that fewest hosts have first: sorting by it puts like to like. */
function equipmentOf({ table }: HostState, rarityOf: readonly number[]): string {
  const kinds = new Set(table.layout.kinds.filter((_, position) => table.free[position]))
  const rarestFirst = [...kinds].map((kind) => rarityOf[kind] ?? 0).sort((a, b) => a - b)
  return String.fromCodePoint(...rarestFirst)
}

/** By kind number: its place among all kinds, the one that fewest hosts have free first. */
function raritiesOf({ hostsWith }: Catalog): readonly number[] {
  const order = [...hostsWith.keys()].sort((a, b) => (hostsWith[a] ?? 0) - (hostsWith[b] ?? 0) || a - b)
  const rarityOf: number[] = []
  for (const [place, kind] of order.entries()) rarityOf[kind] = place
  return rarityOf
}
