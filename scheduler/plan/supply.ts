/** Free devices of one kind on one NUMA node, across all hosts of the cluster: what columns are summed up from quickly. */
import type { HostState } from '../feasible/host-state.ts'
import type { Stock } from '../rank/offer.ts'
import { initLeaf, leafValue, type MaxTree } from './max-tree.ts'

export interface Supply {
  readonly kind: number
  readonly node: number | null
  /** Hosts that have some and may pass devices, ascending; the lists beside it have an entry for each of them. */
  readonly leaves: readonly number[]
  readonly counts: readonly number[]
  /** Group mates that the cheapest of them drags along. */
  readonly mates: readonly number[]
}

interface Growing extends Supply {
  readonly leaves: number[]
  readonly counts: number[]
  readonly mates: number[]
}

/** `states` and `stocks` by leaf. */
export function suppliesOf(
  states: readonly HostState[],
  stocks: readonly (readonly Stock[])[],
): readonly Supply[] {
  const byKind: Growing[][] = []
  for (const [leaf, { host }] of states.entries()) {
    if (!host.passthroughReady) continue
    for (const { kind, node, count, mates } of stocks[leaf] ?? []) {
      const supply = supplyOf(byKind, kind, node)
      supply.leaves.push(leaf)
      supply.counts.push(count)
      supply.mates.push(mates)
    }
  }
  return byKind.flat()
}

function supplyOf(byKind: Growing[][], kind: number, node: number | null): Growing {
  const ofKind = byKind[kind] ?? []
  byKind[kind] = ofKind
  const known = ofKind.find((supply) => supply.node === node)
  if (known !== undefined) return known
  const supply: Growing = { kind, node, leaves: [], counts: [], mates: [] }
  ofKind.push(supply)
  return supply
}

/** Adds it to the leaves of a tree that is not settled yet. */
export function addCounts(tree: MaxTree, { leaves, counts }: Supply): void {
  for (let n = 0; n < leaves.length; n++) {
    const leaf = leaves[n] ?? 0
    initLeaf(tree, leaf, leafValue(tree, leaf) + (counts[n] ?? 0))
  }
}
