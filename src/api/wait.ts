/** Waits for something in the database to be so: looks again whenever changes are told, and now and then without. */

import type { ChangesHub } from '../database/changes-hub.ts'
import type { Change } from '../model/change.ts'

export interface Wait<T> {
  /** What is so now; what it throws ends the wait. */
  readonly read: () => Promise<T>
  readonly enough: (found: T) => boolean
  /** Whether a change may have to do with it. */
  readonly concerns: (change: Change) => boolean
  readonly timeoutMs: number
  /** Nobody waits any more. */
  readonly gone: AbortSignal
}

/** Changes are hints, and one may be missed. */
const LOOK_MS = 5000

/** What was found last: enough, or what there is when the time is over, the program is to end, or who waits is gone. */
export async function waitUntil<T>(hub: ChangesHub, wait: Wait<T>): Promise<T> {
  const { read, enough, concerns, timeoutMs, gone } = wait
  const first = await read()
  if (enough(first) || timeoutMs === 0) return first
  const bell = createBell()
  let over = hub.closing.aborted || gone.aborted
  const end = () => {
    over = true
    bell.ring()
  }
  // Not AbortSignal.any and timeout: Node 20 may collect a signal that only another one follows.
  const timer = setTimeout(end, timeoutMs)
  for (const signal of [hub.closing, gone]) signal.addEventListener('abort', end)
  let stop = () => {}
  try {
    stop = await hub.listen((changes) => {
      if (changes.some(concerns)) bell.ring()
    })
    for (;;) {
      // What happened before the hub was listening was told to nobody.
      const found = await read()
      if (enough(found) || over) return found
      await bell.heard(LOOK_MS)
    }
  } finally {
    stop()
    clearTimeout(timer)
    for (const signal of [hub.closing, gone]) signal.removeEventListener('abort', end)
  }
}

interface Bell {
  ring(): void
  /** Resolves when it rings, at once where it has since it was heard last, after `ms` at the latest. */
  heard(ms: number): Promise<void>
}

function createBell(): Bell {
  let rung = false
  let wake = () => {}
  return {
    ring: () => {
      rung = true
      wake()
    },
    heard: async (ms) => {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      rung = false
    },
  }
}
