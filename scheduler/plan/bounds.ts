/** What a search asks of each stretch of hosts: could one of them have the VM, and how good could the best one be at most? */
import type { Shape } from '../allocate/shape.ts'
import type { Cluster } from './cluster.ts'
import { rankColumn, requirementColumn } from './expression-column.ts'
import { nodeCounts } from './node-column.ts'
import { type OfferColumn, offerColumn } from './offer-column.ts'
import type { Judged, Question } from './question.ts'
import { usbColumn } from './usb-column.ts'

/** Functions of a slot: what one FUNCTIONS = "ALL" count can bring at most. */
const MOST_FUNCTIONS = 8
/** NUMA nodes that are told apart; where hosts have more, all of a host counts for each. */
const MOST_NODES = 8
const ROOT = 1

interface Need {
  readonly nodes: Float64Array
  readonly least: number
}

/** What nothing meets. */
const NEVER: Need = { nodes: new Float64Array(0), least: 0 }

/** Optional requests with one selector. */
interface Option {
  readonly nodes: Float64Array
  most: number
  /** What required requests take of the same devices. */
  readonly reserved: number
  /** Devices that each of them brings. */
  readonly each: number
}

/** A host or the bound of a stretch of hosts; compared in this order, higher is better, then by the lower id. */
export interface Value {
  optional: number
  rank: number
  score: number
  id: number
}

/** What the VM asks for where its devices may be: anywhere on a host, or on one NUMA node. */
export interface Place {
  readonly needs: readonly Need[]
  readonly optional: readonly Option[]
}

export interface Bounds {
  readonly cluster: Cluster
  readonly needs: readonly Need[]
  /** One of them must do. */
  readonly places: readonly Place[]
  readonly required: readonly OfferColumn[]
  readonly rank: Float64Array | null
}

export function boundsFor(cluster: Cluster, question: Question): Bounds {
  const { vm, judged } = question
  const { requests } = judged.shape
  if (judged.columns.length < requests.length)
    judged.columns = requests.map((request) => offerColumn(cluster, request))
  const places = nodesFor(cluster, judged.shape).map((node) => placeOn(cluster, judged, node))
  const required = judged.columns.filter((_, position) => !requests[position]?.optional)
  const nowhere = { cluster, needs: [NEVER], places, required, rank: null }
  if (!places.some((place) => met(place.needs, ROOT))) return nowhere
  const needs: Need[] = [
    { nodes: cluster.cpu.tree.nodes, least: vm.cpu },
    { nodes: cluster.memory.tree.nodes, least: vm.memoryMiB },
  ]
  if (vm.requirement !== null) {
    const { tree } = requirementColumn(cluster, question.requirementKey, vm.requirement)
    needs.push({ nodes: tree.nodes, least: 1 })
  }
  for (const request of vm.usb ?? []) needs.push({ nodes: usbColumn(cluster, request).tree.nodes, least: 1 })
  const rank = vm.rank === null ? null : rankColumn(cluster, question.rankKey, vm.rank).tree.nodes
  return { cluster, needs, places, required, rank }
}

/** Null = the whole host. */
function nodesFor({ index }: Cluster, { numaPolicy }: Shape): readonly (number | null)[] {
  const { numaNodes } = index
  const apart = numaPolicy === 'required' && numaNodes.length > 0 && numaNodes.length <= MOST_NODES
  return apart ? numaNodes : [null]
}

function placeOn(cluster: Cluster, { shape, columns, least }: Judged, node: number | null): Place {
  const needs: Need[] = []
  const optional: Option[] = []
  for (const [position, request] of shape.requests.entries()) {
    const column = columns[position]
    if (column === undefined) continue
    const nodes = nodeCounts(cluster, request, column, node)
    const { count, allFunctions } = request
    const wanted = least[position] ?? count
    if (!request.optional) needs.push({ nodes, least: wanted })
    else
      addOption(optional, {
        nodes,
        most: count,
        reserved: wanted - count,
        each: allFunctions ? MOST_FUNCTIONS : 1,
      })
  }
  return { needs, optional }
}

function addOption(options: Option[], option: Option): void {
  const known = options.find(({ nodes }) => nodes === option.nodes)
  if (known === undefined) options.push(option)
  else known.most += option.most
}

function met(needs: readonly Need[], node: number): boolean {
  for (const { nodes, least } of needs) if ((nodes[node] ?? -Infinity) < least) return false
  return true
}

/** False = no host below `node` can have the VM. */
export function possible({ needs, places }: Bounds, node: number): boolean {
  if (!met(needs, node)) return false
  for (const place of places) if (met(place.needs, node)) return true
  return false
}

/** Writes a value that no host below `node` is better than; of a single host, its own value but for `optional`. */
export function boundInto(bounds: Bounds, node: number, bound: Value): void {
  const { cluster, places, required } = bounds
  bound.optional = 0
  for (const place of places) bound.optional = Math.max(bound.optional, optionalOn(place, node))
  bound.rank = bounds.rank === null ? 0 : (bounds.rank[node] ?? 0)
  bound.id = cluster.index.lowestId[node] ?? Infinity
  const { appealWeight, priceWeight } = cluster.weights
  let cheapness = 0
  for (const column of required) cheapness += column.cheapness.nodes[node] ?? -Infinity
  bound.score = -Infinity
  if (cheapness === -Infinity) return
  bound.score = (cluster.appeal.tree.nodes[node] ?? -Infinity) * appealWeight + cheapness * priceWeight
  for (const column of required) {
    const others = cheapness - (column.cheapness.nodes[node] ?? -Infinity)
    bound.score = Math.min(bound.score, (column.scores.nodes[node] ?? -Infinity) + others * priceWeight)
  }
}

function optionalOn({ needs, optional }: Place, node: number): number {
  if (optional.length === 0 || !met(needs, node)) return 0
  let count = 0
  for (const { nodes, most, reserved, each } of optional)
    count += Math.max(0, Math.min(most, (nodes[node] ?? 0) - reserved)) * each
  return count
}

/** Above 0 = `a` is the better one. */
export function compare(a: Value, b: Value): number {
  return a.optional - b.optional || a.rank - b.rank || a.score - b.score || b.id - a.id
}
