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
  const byKind = request.selector.address === null && !request.allFunctions
  const offering = kindsOffering(cluster, request)
  const none = offering.every((kind) => (cluster.index.leavesOf[kind] ?? []).length === 0)
  const fits = byKind ? fitsByKind(offering) : null
  const offerOf = (leaf: number): Offer => {
    const { host, table } = stateAt(cluster.states, leaf)
    if (!host.passthroughReady) return NO_OFFER
    if (fits !== null) return offerOfKinds(cluster.stocks[leaf] ?? [], fits, cluster.worth)
    if (request.allFunctions) return offerOfSlots(table, request, cluster.worth)
    return offerAtAddress(table, request, cluster.worth)
  }
  const trees = none ? cluster.nothing : emptyTrees(cluster.states.length)
  const column = { ...trees, offerOf, kindsWanted: fits }
  if (!none) fillColumn(cluster, column, offering)
  cluster.offers.set(key, column)
  return column
}

/** Kinds of devices that the request would take, at whatever address. */
function kindsOffering({ catalog }: Cluster, request: Request): readonly number[] {
  const anywhere = { ...request, selector: { ...request.selector, address: null } }
  return catalog.examples.flatMap((example, kind) => (matches(anywhere, example) ? [kind] : []))
}

function fitsByKind(kinds: readonly number[]): boolean[] {
  const fits: boolean[] = []
  for (const kind of kinds) fits[kind] = true
  return fits
}

function fillColumn(cluster: Cluster, column: OfferColumn, offering: readonly number[]): void {
  const filled = new Uint8Array(cluster.states.length)
  for (const kind of offering)
    for (const leaf of cluster.index.leavesOf[kind] ?? []) {
      if (filled[leaf] === 1) continue
      filled[leaf] = 1
      putOffer(cluster, column, leaf, initLeaf)
    }
  for (const tree of [column.counts, column.cheapness, column.scores]) settle(tree)
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
