/** What a search asks of each stretch of hosts: could one of them have the VM, and how good could the best one be at most? */
import type { Cluster } from './cluster.ts'
import { rankColumn, requirementColumn } from './expression-column.ts'
import { type OfferColumn, offerColumn } from './offer-column.ts'
import type { Question } from './question.ts'

/** Functions of a slot: what one FUNCTIONS = "ALL" count can bring at most. */
const MOST_FUNCTIONS = 8

interface Need {
  readonly nodes: Float64Array
  readonly least: number
}

interface Option {
  readonly nodes: Float64Array
  readonly most: number
  readonly each: number
}

/** A host or the bound of a stretch of hosts; compared in this order, higher is better, then by the lower id. */
export interface Value {
  optional: number
  rank: number
  score: number
  id: number
}

export interface Bounds {
  readonly cluster: Cluster
  readonly needs: readonly Need[]
  readonly optional: readonly Option[]
  readonly rank: Float64Array | null
  readonly required: readonly OfferColumn[]
}

export function boundsFor(cluster: Cluster, question: Question): Bounds {
  const { vm, judged } = question
  const { requests } = judged.shape
  if (judged.columns.length < requests.length)
    judged.columns = requests.map((request) => offerColumn(cluster, request))
  const needs: Need[] = []
  const required: OfferColumn[] = []
  const optional: Option[] = []
  for (const [position, { optional: isOptional, count, allFunctions }] of requests.entries()) {
    const column = judged.columns[position]
    if (column === undefined) continue
    const { nodes } = column.counts
    if (isOptional) optional.push({ nodes, most: count, each: allFunctions ? MOST_FUNCTIONS : 1 })
    else {
      needs.push({ nodes, least: judged.least[position] ?? count })
      required.push(column)
    }
  }
  if (vm.requirement !== null) {
    const { tree } = requirementColumn(cluster, question.requirementKey, vm.requirement)
    needs.push({ nodes: tree.nodes, least: 1 })
  }
  needs.push(
    { nodes: cluster.cpu.tree.nodes, least: vm.cpu },
    { nodes: cluster.memory.tree.nodes, least: vm.memoryMiB },
  )
  const rank = vm.rank === null ? null : rankColumn(cluster, question.rankKey, vm.rank).tree.nodes
  return { cluster, needs, optional, rank, required }
}

/** False = no host below `node` can have the VM. */
export function possible(bounds: Bounds, node: number): boolean {
  for (const { nodes, least } of bounds.needs) if ((nodes[node] ?? -Infinity) < least) return false
  return true
}

/** Writes a value that no host below `node` is better than; of a single host, its own value but for `optional`. */
export function boundInto(bounds: Bounds, node: number, bound: Value): void {
  const { cluster, required } = bounds
  bound.optional = 0
  for (const { nodes, most, each } of bounds.optional)
    bound.optional += Math.min(most, nodes[node] ?? 0) * each
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

/** Above 0 = `a` is the better one. */
export function compare(a: Value, b: Value): number {
  return a.optional - b.optional || a.rank - b.rank || a.score - b.score || b.id - a.id
}
