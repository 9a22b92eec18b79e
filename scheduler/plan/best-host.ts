/**
 * Branch and bound over the hosts: the best one for a VM, without looking at most of them.
 *
 * Columns (max-tree.ts) give for every stretch of hosts an upper bound of what it has: a stretch is skipped when some
 * bound is below what the VM needs, and the most promising stretch is halved next, so the first host that can take the VM is
 * the best (where it has as many optional devices as it seemed). That ends after `BEST_FIRST_STEPS`; what is left is then
 * searched depth first, for optional devices and SCHED_RANK exactly, for the policy's score only as far as a first host
 * goes: so the cost hardly grows with the number of hosts.
 */
import type { Fit } from '../allocate/allocate.ts'
import { hostRefusal } from '../feasible/host.ts'
import { type Bounds, boundInto, boundsFor, compare, possible, type Value } from './bounds.ts'
import { type Cluster, stateAt } from './cluster.ts'
import { type Heap, popEntry, pushEntry, startHeap } from './heap.ts'
import { fitOn, type Judged, type Question } from './question.ts'

const BEST_FIRST_STEPS = 192

export interface Found {
  readonly leaf: number
  readonly fit: Fit
  readonly judged: Judged
}

interface Search {
  readonly cluster: Cluster
  readonly question: Question
  readonly bounds: Bounds
  readonly heap: Heap
  /** Leaves start here. */
  readonly base: number
  found: Found | null
  readonly best: Value
}

/** The best host of those in `extra` (leaves asked directly) and all others; null = none can take the VM. */
export function bestHost(cluster: Cluster, question: Question, extra: readonly number[]): Found | null {
  const search: Search = {
    cluster,
    question,
    bounds: boundsFor(cluster, question),
    heap: startHeap(cluster.heap),
    base: cluster.cpu.tree.base,
    found: null,
    best: { optional: -1, rank: 0, score: 0, id: 0 },
  }
  for (const leaf of extra) {
    const own: Value = { optional: 0, rank: 0, score: 0, id: 0 }
    boundInto(search.bounds, search.base + leaf, own)
    judgeLeaf(search, leaf, own)
  }
  if (question.vm.onlyHost === null) {
    open(search, 1)
    bestFirst(search)
  }
  return search.found
}

function open(search: Search, node: number): void {
  if (possible(search.bounds, node))
    pushEntry(search.heap, node, (bound) => boundInto(search.bounds, node, bound))
}

function bestFirst(search: Search): void {
  for (let steps = 0; ; steps++) {
    const entry = popEntry(search.heap)
    if (entry === null || (search.found !== null && compare(entry, search.best) <= 0)) return
    const { node } = entry
    if (node >= search.base) judgeLeaf(search, node - search.base, entry)
    else if (steps < BEST_FIRST_STEPS) {
      open(search, 2 * node)
      open(search, 2 * node + 1)
    } else depthFirst(search, node, entry)
  }
}

/** Improves on what was found only by optional devices or rank. */
function depthFirst(search: Search, node: number, bound: Value): void {
  const { best } = search
  if (search.found !== null && (bound.optional - best.optional || bound.rank - best.rank) <= 0) return
  if (node >= search.base) {
    judgeLeaf(search, node - search.base, bound)
    return
  }
  const children = [2 * node, 2 * node + 1].filter((child) => possible(search.bounds, child))
  const bounds = children.map((child) => {
    const own: Value = { optional: 0, rank: 0, score: 0, id: 0 }
    boundInto(search.bounds, child, own)
    return { child, own }
  })
  for (const { child, own } of bounds.sort((a, b) => compare(b.own, a.own))) depthFirst(search, child, own)
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
  best.optional = value.optional
  best.rank = value.rank
  best.score = value.score
  best.id = value.id
}
