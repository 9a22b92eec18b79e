/**
 * Branch and bound over the hosts: the best one for a VM, without looking at most of them.
 *
 * Columns (max-tree.ts) give for every stretch of hosts an upper bound of what it has: a stretch is skipped when some
 * bound is below what the VM needs, and the most promising stretch is halved next, so the first host that can take the VM is
 * the best (where it has as many optional devices as it seemed). After `PATIENCE` steps optional devices and SCHED_RANK
 * are still searched exactly, the policy's score only as far as the first host that the deepest stretches lead to: so the
 * cost hardly grows with the number of hosts.
 */
import type { AllocatedUsbDevice } from '../../src/model/snapshot.ts'
import type { Fit } from '../allocate/allocate.ts'
import type { UsbFit } from '../allocate/usb-and-pci.ts'
import { mostOptional } from '../feasible/enough.ts'
import { hostRefusal } from '../feasible/host.ts'
import type { HostState } from '../feasible/host-state.ts'
import { usbFitOn } from '../feasible/usb.ts'
import { type Bounds, boundInto, boundsFor, compare, possible, type Value } from './bounds.ts'
import type { Cluster } from './cluster.ts'
import { stateAt } from './cluster-index.ts'
import { type Entry, type Heap, popEntry, pushSpare, spareEntry, startHeap } from './heap.ts'
import { fitOn, type Judged, type Question } from './question.ts'

/** Stretches halved before the search hurries. */
const PATIENCE = 16
/** More than any difference of scores: with it, the deepest of equally promising stretches comes first. Scores are 0 at most. */
const DEEPER = 2 ** 44

export interface Found {
  readonly leaf: number
  readonly fit: Fit
  readonly usb: readonly AllocatedUsbDevice[]
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
  if (question.vm.onlyHost === null) bestFirst(search)
  return search.found
}

/** `bonus` is added to the score. */
function open({ bounds, heap }: Search, node: number, bonus: number): void {
  if (!possible(bounds, node)) return
  const entry = spareEntry(heap)
  entry.node = node
  boundInto(bounds, node, entry)
  entry.score += bonus
  pushSpare(heap)
}

function bestFirst(search: Search): void {
  const { heap, base, best } = search
  open(search, 1, 0)
  for (let steps = 0; ; steps++) {
    const hurried = steps >= PATIENCE
    if (hurried) best.score = Infinity
    const entry = popEntry(heap)
    if (entry === null || (search.found !== null && compare(entry, best) <= 0)) return
    const { node } = entry
    if (node >= base) ask(search, node - base, entry)
    else {
      const bonus = hurried ? DEEPER * (32 - Math.clz32(node)) : 0
      open(search, 2 * node, bonus)
      open(search, 2 * node + 1, bonus)
    }
  }
}

/** Asks a host that was taken out of the heap; where it turns out to promise less, it waits for its new turn. */
function ask(search: Search, leaf: number, entry: Entry): void {
  const most = optionalAt(search, leaf)
  if (most < 0) return
  if (most >= entry.optional) judgeLeaf(search, leaf, entry)
  else {
    entry.optional = most
    pushSpare(search.heap)
  }
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
  const found = fitWithUsb(search, judged, state)
  if (found === null) return
  const { fit, usb } = found
  value.optional = fit.solution.optional
  if (search.found !== null && compare(value, best) <= 0) return
  search.found = { leaf, fit, usb, judged }
  best.optional = value.optional
  best.rank = value.rank
  best.score = value.score
  best.id = value.id
}

const NO_USB: UsbFit['usb'] = []

/** The devices that the VM would get there; null = it would not get all. */
function fitWithUsb({ cluster, question }: Search, judged: Judged, state: HostState): UsbFit | null {
  const { id, usb } = question.vm
  const fit = fitOn(judged, state.table, id, cluster.worth)
  if (typeof fit === 'string') return null
  if (usb === undefined) return { fit, usb: NO_USB }
  const both = usbFitOn(state, usb, fit, judged.shape, id, cluster.worth)
  return typeof both === 'string' ? null : both
}
