/** Columns of what hosts offer one kind of request: how many devices, how cheap, how good a host for it. */
import type { Request } from '../../src/model/request.ts'
import type { Worth } from '../allocate/catalog.ts'
import { priceOfKind } from '../allocate/problem.ts'
import { NO_OFFER, type Offer, offerAtAddress, offerOfKinds, offerOfSlots } from '../rank/offer.ts'
import { matches, selectorKey } from '../request/match.ts'
import type { Cluster } from './cluster.ts'
import { stateAt } from './cluster-index.ts'
import { emptyTree, initLeaf, leafValue, type MaxTree, setLeaf, settle } from './max-tree.ts'
import { addCounts, type Supply } from './supply.ts'

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

function settleAll({ counts, cheapness, scores }: OfferTrees): void {
  settle(counts)
  settle(cheapness)
  settle(scores)
}

export function nothingOffered(count: number): OfferTrees {
  const trees = emptyTrees(count)
  settleAll(trees)
  return trees
}

export function offerColumn(cluster: Cluster, request: Request): OfferColumn {
  const key = selectorKey(request)
  const known = cluster.offers.get(key)
  if (known !== undefined) return known
  const byKind = request.selector.address === null && !request.allFunctions
  const fits = fitsByKind(cluster, request)
  const supplies = cluster.index.supplies.filter(({ kind }) => fits[kind])
  const offerOf = (leaf: number): Offer => {
    const { host, table } = stateAt(cluster.states, leaf)
    if (!host.passthroughReady) return NO_OFFER
    if (byKind) return offerOfKinds(cluster.stocks[leaf] ?? [], fits, cluster.worth)
    if (request.allFunctions) return offerOfSlots(table, request, fits, cluster.worth)
    return offerAtAddress(table, request, cluster.worth)
  }
  const trees = supplies.length === 0 ? cluster.nothing : emptyTrees(cluster.states.length)
  const column = { ...trees, offerOf, kindsWanted: byKind ? fits : null }
  if (supplies.length > 0) fillColumn(cluster, column, supplies)
  cluster.offers.set(key, column)
  return column
}

/** Kinds of devices that the request would take, at whatever address. */
function fitsByKind({ catalog }: Cluster, request: Request): readonly boolean[] {
  const anywhere = { ...request, selector: { ...request.selector, address: null } }
  return catalog.examples.map((example) => matches(anywhere, example))
}

function fillColumn(cluster: Cluster, column: OfferColumn, supplies: readonly Supply[]): void {
  const { cheapness, scores, kindsWanted } = column
  if (kindsWanted === null) {
    const leaves = new Set(supplies.flatMap((supply) => supply.leaves))
    for (const leaf of leaves) putOffer(cluster, column, leaf, initLeaf)
  } else {
    for (const supply of supplies) addSupply(cluster.worth, column, supply)
    for (let leaf = 0; leaf < cluster.states.length; leaf++)
      initLeaf(scores, leaf, scoreAlone(cluster, leaf, leafValue(cheapness, leaf)))
    for (const leaf of cluster.history.keys()) putOffer(cluster, column, leaf, initLeaf)
  }
  settleAll(column)
}

/** What the hosts had at the start of the plan. */
function addSupply(worth: Worth, { counts, cheapness }: OfferColumn, supply: Supply): void {
  addCounts(counts, supply)
  for (let n = 0; n < supply.leaves.length; n++) {
    const leaf = supply.leaves[n] ?? 0
    const own = -priceOfKind(worth, supply.kind, supply.mates[n] ?? 0)
    if (own > leafValue(cheapness, leaf)) initLeaf(cheapness, leaf, own)
  }
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
  return leafValue(appeal.tree, leaf) * weights.appealWeight + cheapness * weights.priceWeight
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
  else setLeaf(scores, leaf, scoreAlone(cluster, leaf, leafValue(cheapness, leaf)))
}
