/** Sets of steps, cheapest first, each once; of twins the first ones only. */
import type { Step } from './steps.ts'

interface Entry {
  readonly cost: number
  readonly size: number
  readonly chosen: readonly Step[]
  /** Where the last chosen one stands: class, and how many of it are chosen. */
  readonly at: number
  readonly taken: number
}

/** Those that cost less than `limit`, the empty one first. `steps` cheapest first. */
export function* cheapestFirst(steps: readonly Step[], limit: number): Generator<readonly Step[]> {
  const classes = classesOf(steps)
  if (limit > 0) yield []
  const queue: Entry[] = []
  push(queue, limit, grown(classes, { cost: 0, size: 0, chosen: [] }, 0, 0))
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    yield entry.chosen
    const { at, taken, chosen, cost, size } = entry
    push(queue, limit, grown(classes, entry, at, taken))
    push(queue, limit, grown(classes, entry, at + 1, 0))
    if (taken > 1) continue
    const without = {
      ...entry,
      chosen: chosen.slice(0, -1),
      size: size - 1,
      cost: cost - (chosen.at(-1)?.cost ?? 0),
    }
    push(queue, limit, grown(classes, without, at + 1, 0))
  }
}

/** Cheapest class first. */
function classesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const classes = new Map<string, Step[]>()
  for (const step of steps) {
    const twins = classes.get(step.twin)
    if (twins === undefined) classes.set(step.twin, [step])
    else twins.push(step)
  }
  return [...classes.values()]
}

/** With one more of the class, of which `taken` are chosen already; null = there are no more. */
function grown(
  classes: readonly (readonly Step[])[],
  { cost, size, chosen }: Pick<Entry, 'cost' | 'size' | 'chosen'>,
  at: number,
  taken: number,
): Entry | null {
  const step = classes[at]?.[taken]
  if (step === undefined) return null
  return { cost: cost + step.cost, size: size + 1, chosen: [...chosen, step], at, taken: taken + 1 }
}

/** Cheaper first, then fewer, then in the order in which they came: the same input gives the same order. */
function isBefore(a: Entry, b: Entry): boolean {
  return a.cost !== b.cost ? a.cost < b.cost : a.size < b.size
}

/** Keeps the queue sorted, the next one last. */
function push(queue: Entry[], limit: number, entry: Entry | null): void {
  if (entry === null || entry.cost >= limit) return
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = queue[middle]
    if (other !== undefined && isBefore(entry, other)) low = middle + 1
    else high = middle
  }
  queue.splice(low, 0, entry)
}
