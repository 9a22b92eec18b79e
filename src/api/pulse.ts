/** What the loops of this process did last, in its memory: for `/readyz` and `/metrics`, which other processes answer for themselves. */

export type CyclePart = 'intake' | 'schedule'

/** Told by the controller's loops as they go. */
export interface CycleObserver {
  /** A part of a cycle is done; `seconds` that it took. */
  took(part: CyclePart, seconds: number): void
  /** Which VMs wait after it was planned, and the code of the reason that keeps each from the most hosts. */
  waiting(reasons: ReadonlyMap<number, string>): void
  /** Another process works on the database, and this one waits to take over. */
  standingBy(): void
}

export interface Pulse extends CycleObserver {
  /** Milliseconds since the epoch; null = no cycle has ended yet. */
  readonly lastCycle: number | null
  /** No cycle is to be expected of this process. */
  readonly standsBy: boolean
  readonly reasons: ReadonlyMap<number, string>
  /** Everything that is told of, to somebody else too. */
  listen(observer: CycleObserver): void
}

export function createPulse(now: () => number): Pulse {
  const others: CycleObserver[] = []
  let lastCycle: number | null = null
  let standsBy = false
  let reasons: ReadonlyMap<number, string> = new Map()
  return {
    took: (part, seconds) => {
      standsBy = false
      if (part === 'schedule') lastCycle = now()
      for (const other of others) other.took(part, seconds)
    },
    waiting: (told) => {
      reasons = told
      for (const other of others) other.waiting(told)
    },
    standingBy: () => {
      standsBy = true
      for (const other of others) other.standingBy()
    },
    get standsBy() {
      return standsBy
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
