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
import { scoreOf } from '../rank/score.ts'
import { type Cluster, offerColumn, rankColumn, requirementColumn, stateAt } from './cluster.ts'
import { fitOn, type Judged, type Question } from './question.ts'

const POLICY_STEPS = 1024

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

interface Search {
  readonly cluster: Cluster
  readonly question: Question
  readonly needs: readonly Need[]
  readonly optional: readonly { readonly nodes: Float64Array; readonly most: number; readonly each: number }[]
  readonly rank: Float64Array | null
  readonly cheapness: readonly Float64Array[]
  readonly base: number
  steps: number
  best: (Found & Value) | null
}

/** Compared in this order, higher is better; then the lower host id. */
interface Value {
  readonly optional: number
  readonly rank: number
  readonly score: number
  readonly id: number
}

/** The best host of those in `extra` (leaves asked directly) and all others; null = none can take the VM. */
export function bestHost(cluster: Cluster, question: Question, extra: readonly number[]): Found | null {
  const search = openSearch(cluster, question)
  for (const leaf of extra) judgeLeaf(search, leaf)
  if (question.vm.onlyHost === null && possible(search, 1)) visit(search, 1, boundOf(search, 1))
  return search.best
}

function openSearch(cluster: Cluster, question: Question): Search {
  const { vm } = question
  const required = vm.requests.filter((request) => !request.optional)
  const needs: Need[] = required.map((request) => ({
    nodes: offerColumn(cluster, request).counts.nodes,
    least: request.count,
  }))
  if (vm.requirement !== null)
    needs.push({
      nodes: requirementColumn(cluster, question.requirementKey, vm.requirement).tree.nodes,
      least: 1,
    })
  needs.push(
    { nodes: cluster.cpu.tree.nodes, least: vm.cpu },
    { nodes: cluster.memory.tree.nodes, least: vm.memoryMiB },
  )
  return {
    cluster,
    question,
    needs,
    optional: vm.requests
      .filter((request) => request.optional)
      .map((request) => ({
        nodes: offerColumn(cluster, request).counts.nodes,
        most: request.count,
        each: request.allFunctions ? MOST_FUNCTIONS : 1,
      })),
    rank: vm.rank === null ? null : rankColumn(cluster, question.rankKey, vm.rank).tree.nodes,
    cheapness: required.map((request) => offerColumn(cluster, request).cheapness.nodes),
    base: cluster.cpu.tree.base,
    steps: POLICY_STEPS,
    best: null,
  }
}

function possible(search: Search, node: number): boolean {
  for (const { nodes, least } of search.needs) if ((nodes[node] ?? -Infinity) < least) return false
  return true
}

/** No host below `node` is better than this. */
function boundOf(search: Search, node: number): Value {
  const { cluster } = search
  let optional = 0
  for (const { nodes, most, each } of search.optional) optional += Math.min(most, nodes[node] ?? 0) * each
  let prices = 0
  for (const nodes of search.cheapness) prices -= nodes[node] ?? -Infinity
  return {
    optional,
    rank: search.rank?.[node] ?? 0,
    score: scoreOf(cluster.policy, cluster.appeal.tree.nodes[node] ?? -Infinity, prices),
    id: cluster.lowestId[node] ?? Infinity,
  }
}

/** Above 0 = `a` is the better one. */
function compare(a: Value, b: Value): number {
  return a.optional - b.optional || a.rank - b.rank || a.score - b.score || b.id - a.id
}

function visit(search: Search, node: number, bound: Value): void {
  const { best } = search
  if (best !== null) {
    if (compare(bound, best) <= 0) return
    if (bound.optional === best.optional && bound.rank === best.rank && search.steps-- <= 0) return
  }
  if (node >= search.base) {
    judgeLeaf(search, node - search.base)
    return
  }
  const left = possible(search, 2 * node) ? boundOf(search, 2 * node) : null
  const right = possible(search, 2 * node + 1) ? boundOf(search, 2 * node + 1) : null
  if (left !== null && (right === null || compare(left, right) >= 0)) {
    visit(search, 2 * node, left)
    if (right !== null) visit(search, 2 * node + 1, right)
  } else if (right !== null) {
    visit(search, 2 * node + 1, right)
    if (left !== null) visit(search, 2 * node, left)
  }
}

function judgeLeaf(search: Search, leaf: number): void {
  const { cluster, question } = search
  const state = stateAt(cluster.states, leaf)
  if (hostRefusal(state, question.vm, question.meets) !== null) return
  const judged = state.host.passthroughReady ? question.judged : question.bare
  const fit = fitOn(judged, state.table, question.vm.id, cluster.worth)
  if (typeof fit === 'string') return
  const value = { ...boundOf(search, search.base + leaf), optional: fit.solution.optional }
  if (search.best === null || compare(value, search.best) > 0) search.best = { leaf, fit, judged, ...value }
}
