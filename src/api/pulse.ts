/** What the loops of this process did last, in its memory: for `/readyz` and `/metrics`, which other processes answer for themselves. */

export type CyclePart = 'intake' | 'schedule'

/** Told by the controller's loops as they go. */
export interface CycleObserver {
  /** A part of a cycle is done; `seconds` that it took. */
  took(part: CyclePart, seconds: number): void
  /** Which VMs wait after it was planned, and the code of the reason that keeps each from the most hosts. */
  waiting(reasons: ReadonlyMap<number, string>): void
}

export interface Pulse extends CycleObserver {
  /** Milliseconds since the epoch; null = no cycle has ended yet. */
  readonly lastCycle: number | null
  readonly reasons: ReadonlyMap<number, string>
  /** Everything that is told of, to somebody else too. */
  listen(observer: CycleObserver): void
}

export function createPulse(now: () => number): Pulse {
  const others: CycleObserver[] = []
  let lastCycle: number | null = null
  let reasons: ReadonlyMap<number, string> = new Map()
  return {
    took: (part, seconds) => {
      if (part === 'schedule') lastCycle = now()
      for (const other of others) other.took(part, seconds)
    },
    waiting: (told) => {
      reasons = told
      for (const other of others) other.waiting(told)
    },
    get lastCycle() {
      return lastCycle
    },
    get reasons() {
      return reasons
    },
    listen: (observer) => void others.push(observer),
  }
}
