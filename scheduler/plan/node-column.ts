/** Columns of what one NUMA node of each host has free for a kind of request: for VMs whose devices must be on one node. */
import type { Request } from '../../src/model/request.ts'
import { countOn } from '../rank/offer.ts'
import { selectorKey } from '../request/match.ts'
import type { Cluster } from './cluster.ts'
import { stateAt } from './cluster-index.ts'
import { type Column, emptyTree, initLeaf, settle } from './max-tree.ts'
import type { OfferColumn } from './offer-column.ts'
import { addCounts } from './supply.ts'

/** Devices on `node` or on none that would serve the request; where that is no question of kinds, those of the whole host. */
export function nodeCounts(
  cluster: Cluster,
  request: Request,
  offer: OfferColumn,
  node: number | null,
): Float64Array {
  const { kindsWanted, counts } = offer
  if (node === null || kindsWanted === null || counts === cluster.nothing.counts) return counts.nodes
  const key = `${selectorKey(request)} ${node}`
  const known = cluster.nodeCounts.get(key)
  if (known !== undefined) return known.tree.nodes
  const measure = (leaf: number): number =>
    stateAt(cluster.states, leaf).host.passthroughReady
      ? countOn(cluster.stocks[leaf] ?? [], kindsWanted, node)
      : 0
  const tree = emptyTree(cluster.states.length, 0)
  for (const supply of cluster.index.supplies)
    if (kindsWanted[supply.kind] && (supply.node === node || supply.node === null)) addCounts(tree, supply)
  for (const leaf of cluster.history.keys()) initLeaf(tree, leaf, measure(leaf))
  settle(tree)
  const column: Column = { tree, measure, changing: true }
  cluster.nodeCounts.set(key, column)
  return column.tree.nodes
}
