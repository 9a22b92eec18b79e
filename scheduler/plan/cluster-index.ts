/** The cluster before any plan: hosts judged and sorted, kinds, layouts and device states numbered. */
import type { SnapshotHost } from '../../src/model/snapshot.ts'
import { type Catalog, emptyCatalog } from '../allocate/catalog.ts'
import { type HostState, hostState } from '../feasible/host-state.ts'

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
  const rarityOf = raritiesOf(catalog)
  const keys = new Map(states.map((state) => [state, equipmentOf(state, rarityOf)]))
  const byKey = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  states.sort((a, b) => byKey(keys.get(a) ?? '', keys.get(b) ?? '') || a.host.id - b.host.id)
  return { catalog, states }
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
