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
import { mostOptional } from '../feasible/enough.ts'
import { hostRefusal } from '../feasible/host.ts'
import { type Bounds, boundInto, boundsFor, compare, possible, type Value } from './bounds.ts'
import { type Cluster, stateAt } from './cluster.ts'
import { type Heap, popEntry, pushSpare, spareEntry, startHeap } from './heap.ts'
import { fitOn, type Judged, type Question } from './question.ts'

const BEST_FIRST_STEPS = 24

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

function open({ bounds, heap }: Search, node: number): void {
  if (!possible(bounds, node)) return
  const entry = spareEntry(heap)
  entry.node = node
  boundInto(bounds, node, entry)
  pushSpare(heap)
}

function bestFirst(search: Search): void {
  const { heap, base } = search
  for (let steps = 0; ; steps++) {
    const entry = popEntry(heap)
    if (entry === null || (search.found !== null && compare(entry, search.best) <= 0)) return
    const { node } = entry
    if (node >= base) {
      const most = optionalAt(search, node - base)
      if (most >= entry.optional) judgeLeaf(search, node - base, entry)
      else if (most >= 0) {
        entry.optional = most
        pushSpare(heap)
      }
    } else if (steps < BEST_FIRST_STEPS) {
      open(search, 2 * node)
      open(search, 2 * node + 1)
    } else depthFirst(search, node, entry, 0)
  }
}

/** Improves on what was found only by optional devices or rank. `room`: where bounds may be written. */
function depthFirst(search: Search, node: number, bound: Value, room: number): void {
  if (isBeaten(search, bound)) return
  if (node >= search.base) {
    bound.optional = Math.min(bound.optional, optionalAt(search, node - search.base))
    if (bound.optional >= 0 && !isBeaten(search, bound)) judgeLeaf(search, node - search.base, bound)
    return
  }
  const left = roomAt(search, room)
  const right = roomAt(search, room + 1)
  const leftPossible = possible(search.bounds, 2 * node)
  const rightPossible = possible(search.bounds, 2 * node + 1)
  if (leftPossible) boundInto(search.bounds, 2 * node, left)
  if (rightPossible) boundInto(search.bounds, 2 * node + 1, right)
  const rightFirst = rightPossible && (!leftPossible || compare(right, left) > 0)
  if (rightFirst) depthFirst(search, 2 * node + 1, right, room + 2)
  if (leftPossible) depthFirst(search, 2 * node, left, room + 2)
  if (rightPossible && !rightFirst) depthFirst(search, 2 * node + 1, right, room + 2)
}

function isBeaten({ found, best }: Search, bound: Value): boolean {
  return found !== null && (bound.optional - best.optional || bound.rank - best.rank) <= 0
}

/** Bounds are written over and over, so that searches make no garbage: two for each depth of the tree. */
function roomAt({ cluster }: Search, at: number): Value {
  const value = cluster.room[at] ?? { optional: 0, rank: 0, score: 0, id: 0 }
  cluster.room[at] = value
  return value
}

/**
 * Optional devices that the host can give at most, negative where it has not even the required ones; counted, so cheaper
 * than asking the allocator. A VM that holds something there has more to choose from than is counted.
 */
function optionalAt({ cluster, question }: Search, leaf: number): number {
  const { host, table } = stateAt(cluster.states, leaf)
  const { demand } = host.passthroughReady ? question.judged : question.bare
  if (demand === null || table.holders.has(question.vm.id)) return Infinity
  return mostOptional(demand, cluster.stocks[leaf] ?? [])
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
