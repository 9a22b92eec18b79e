/**
 * Branch and bound over the hosts: the best one for a VM, without looking at most of them.
 *
 * Columns (max-tree.ts) give for every stretch of hosts an upper bound of what it has: a stretch is skipped when some
 * bound is below what the VM needs, or when its bounds together are no better than the best host found. Optional devices and
 * SCHED_RANK are decided exactly; between hosts equal in both, the policy's score is improved on for a bounded number of
 * steps (`POLICY_STEPS`), so that the cost does not grow with the number of hosts that would do.
 */
import type { Fit } from '../allocate/allocate.ts'
import { hostRefusal } from '../feasible/host.ts'
import {
  type Cluster,
  type OfferColumn,
  offerColumn,
  rankColumn,
  requirementColumn,
  stateAt,
} from './cluster.ts'
import { fitOn, type Judged, type Question } from './question.ts'

const POLICY_STEPS = 64

/** Functions of a slot: what one FUNCTIONS = "ALL" count can bring at most. */
const MOST_FUNCTIONS = 8

export interface Found {
  readonly leaf: number
  readonly fit: Fit
  readonly judged: Judged
}

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

interface Search {
  readonly cluster: Cluster
  readonly question: Question
  readonly needs: readonly Need[]
  readonly optional: readonly Option[]
  readonly rank: Float64Array | null
  readonly required: readonly OfferColumn[]
  readonly base: number
  /** Two values for each depth of the tree, written over and over: a search makes no garbage. */
  readonly bounds: readonly Value[]
  steps: number
  found: Found | null
  readonly best: Value
}

/** The best host of those in `extra` (leaves asked directly) and all others; null = none can take the VM. */
export function bestHost(cluster: Cluster, question: Question, extra: readonly number[]): Found | null {
  const search = openSearch(cluster, question)
  for (const leaf of extra) {
    const own: Value = { optional: 0, rank: 0, score: 0, id: 0 }
    boundInto(search, search.base + leaf, own)
    judgeLeaf(search, leaf, own)
  }
  const whole = search.bounds[0]
  if (question.vm.onlyHost === null && whole !== undefined && possible(search, 1)) {
    boundInto(search, 1, whole)
    visit(search, 1, 2, whole)
  }
  return search.found
}

function openSearch(cluster: Cluster, question: Question): Search {
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
      needs.push({ nodes, least: count })
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
  const best: Value = { optional: -1, rank: 0, score: 0, id: 0 }
  const { base } = cluster.cpu.tree
  const { bounds } = cluster
  return {
    cluster,
    question,
    needs,
    optional,
    rank,
    required,
    base,
    bounds,
    steps: POLICY_STEPS,
    found: null,
    best,
  }
}

function possible(search: Search, node: number): boolean {
  for (const { nodes, least } of search.needs) if ((nodes[node] ?? -Infinity) < least) return false
  return true
}

/** Writes a value that no host below `node` is better than; of a single host, its own value but for `optional`. */
function boundInto(search: Search, node: number, bound: Value): void {
  const { cluster, required } = search
  bound.optional = 0
  for (const { nodes, most, each } of search.optional)
    bound.optional += Math.min(most, nodes[node] ?? 0) * each
  bound.rank = search.rank === null ? 0 : (search.rank[node] ?? 0)
  bound.id = cluster.lowestId[node] ?? Infinity
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
function compare(a: Value, b: Value): number {
  return a.optional - b.optional || a.rank - b.rank || a.score - b.score || b.id - a.id
}

/** `next`: where the bounds of the node's children are kept. */
function visit(search: Search, node: number, next: number, bound: Value): void {
  const { best } = search
  if (search.found !== null) {
    if (compare(bound, best) <= 0) return
    if (bound.optional === best.optional && bound.rank === best.rank && search.steps-- <= 0) return
  }
  if (node >= search.base) {
    judgeLeaf(search, node - search.base, bound)
    return
  }
  const left = search.bounds[next]
  const right = search.bounds[next + 1]
  if (left === undefined || right === undefined) throw new RangeError(`no room for bounds at ${next}`)
  const leftPossible = possible(search, 2 * node)
  const rightPossible = possible(search, 2 * node + 1)
  if (leftPossible) boundInto(search, 2 * node, left)
  if (rightPossible) boundInto(search, 2 * node + 1, right)
  const rightFirst = rightPossible && (!leftPossible || compare(left, right) < 0)
  if (rightFirst) visit(search, 2 * node + 1, next + 2, right)
  if (leftPossible) visit(search, 2 * node, next + 2, left)
  if (rightPossible && !rightFirst) visit(search, 2 * node + 1, next + 2, right)
}

function judgeLeaf(search: Search, leaf: number, value: Value): void {
  const { cluster, question, best } = search
  const state = stateAt(cluster.states, leaf)
  if (hostRefusal(state, question.vm, question.meets) !== null) return
  const judged = state.host.passthroughReady ? question.judged : question.bare
  const fit = fitOn(judged, state.table, question.vm.id, cluster.worth)
  if (typeof fit === 'string') return
  value.optional = fit.solution.optional
  if (search.found !== null && compare(value, best) <= 0) return
  search.found = { leaf, fit, judged }
  Object.assign(best, value)
}
