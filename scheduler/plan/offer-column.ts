/** Columns of what hosts offer one kind of request: how many devices, how cheap, how good a host for it. */
import type { Request } from '../../src/model/request.ts'
import { NO_OFFER, type Offer, offerAtAddress, offerOfKinds, offerOfSlots } from '../rank/offer.ts'
import { matches, selectorKey } from '../request/match.ts'
import { type Cluster, stateAt } from './cluster.ts'
import { emptyTree, initLeaf, type MaxTree, setLeaf, settle } from './max-tree.ts'

export interface OfferTrees {
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

export function nothingOffered(count: number): OfferTrees {
  const trees = emptyTrees(count)
  settle(trees.counts)
  return trees
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
    if (fits !== null) return offerOfKinds(stocks[leaf] ?? [], fits, worth)
    return request.allFunctions ? offerOfSlots(table, request, worth) : offerAtAddress(table, request, worth)
  }
  if (forever) return { ...cluster.nothing, offerOf, kindsWanted: fits }
  return { ...emptyTrees(states.length), offerOf, kindsWanted: fits }
}

/** Hosts that have a free device of a kind that the request would take (at whatever address). */
function leavesFor(cluster: Cluster, request: Request): ReadonlySet<number> {
  const anywhere = { ...request, selector: { ...request.selector, address: null } }
  const lists = cluster.catalog.examples.flatMap((example, kind) =>
    matches(anywhere, example) ? [cluster.index.leavesOf[kind] ?? []] : [],
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

/** Devices of these kinds were taken; where the request wants none of them, only the host's appeal is new. */
export function refreshOffer(
  cluster: Cluster,
  column: OfferColumn,
  leaf: number,
  kinds: ReadonlySet<number>,
): void {
  const { kindsWanted, cheapness, scores } = column
  let touched = kindsWanted === null
  for (const kind of kinds) touched ||= kindsWanted?.[kind] === true
  if (touched) putOffer(cluster, column, leaf, setLeaf)
  else setLeaf(scores, leaf, scoreAlone(cluster, leaf, cheapness.nodes[cheapness.base + leaf] ?? -Infinity))
}
