/** Pauses between tries: growing, and never the same on all hosts, which would come back all at once. */
import type { Refused, Unreachable } from './link.ts'
import type { AgentTiming } from './ports.ts'

export interface Retry {
  /** Milliseconds until the next try, after one that failed. */
  after(failure: Refused | Unreachable): number
  /** It worked. */
  reset(): void
}

export function createRetry(timing: AgentTiming, random: () => number = Math.random): Retry {
  let failures = 0
  return {
    after: (failure) => {
      const jitter = 0.5 + random() / 2
      if (failure.kind === 'refused' && failure.denied) return timing.deniedPause * jitter
      const pause = Math.min(timing.firstPause * 2 ** Math.min(failures, 30), timing.longestPause)
      failures++
      return pause * jitter
    },
    reset: () => {
      failures = 0
    },
  }
}
