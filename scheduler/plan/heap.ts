/** The most promising stretch of hosts first: a binary heap whose entries are used over and over, so that searches make no garbage. */
import { compare, type Value } from './bounds.ts'

export interface Entry extends Value {
  node: number
}

/** Entries from 0 to `size` - 1 are a heap, the rest are spare. */
export interface Heap {
  readonly entries: Entry[]
  size: number
}

export function emptyHeap(): Heap {
  return { entries: [], size: 0 }
}

/** Empties a heap for the next search. */
export function startHeap(heap: Heap): Heap {
  heap.size = 0
  return heap
}

/** An entry to fill in for `pushSpare`; after `popEntry`, the one that was taken out. */
export function spareEntry({ entries, size }: Heap): Entry {
  const entry = entries[size] ?? { node: 0, optional: 0, rank: 0, score: 0, id: 0 }
  entries[size] = entry
  return entry
}

/** Puts the spare entry in. */
export function pushSpare(heap: Heap): void {
  const entry = spareEntry(heap)
  const { entries } = heap
  let at = heap.size
  heap.size += 1
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = entries[above]
    if (parent === undefined || compare(parent, entry) >= 0) break
    entries[at] = parent
    at = above
  }
  entries[at] = entry
}

/** Takes the best out; it is valid until the next push. Null = empty. */
export function popEntry(heap: Heap): Entry | null {
  const { entries } = heap
  const top = entries[0]
  if (heap.size === 0 || top === undefined) return null
  heap.size -= 1
  const last = entries[heap.size]
  entries[heap.size] = top
  if (last !== undefined && heap.size > 0) sink(heap, last)
  return top
}

function sink({ entries, size }: Heap, entry: Entry): void {
  let at = 0
  for (;;) {
    const left = entries[2 * at + 1]
    if (left === undefined || 2 * at + 1 >= size) break
    const right = 2 * at + 2 < size ? entries[2 * at + 2] : undefined
    const rightUp = right !== undefined && compare(right, left) > 0
    const child = rightUp ? right : left
    if (compare(entry, child) >= 0) break
    entries[at] = child
    at = rightUp ? 2 * at + 2 : 2 * at + 1
  }
  entries[at] = entry
}
