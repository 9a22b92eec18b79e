/** Waits for something in the database to be so: looks again whenever changes are told, and now and then without. */
import type { Change } from '../model/change.ts'
import type { ChangesHub } from './changes-hub.ts'

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
  const over = AbortSignal.any([hub.closing, gone, AbortSignal.timeout(timeoutMs)])
  const first = await read()
  if (enough(first) || over.aborted || timeoutMs === 0) return first
  let rung = false
  let wake = () => {}
  const ring = () => {
    rung = true
    wake()
  }
  const stop = await hub.listen((changes) => {
    if (changes.some(concerns)) ring()
  })
  over.addEventListener('abort', ring)
  try {
    for (;;) {
      // What happened before the hub was listening was told to nobody.
      const found = await read()
      if (enough(found) || over.aborted) return found
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_MS)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      rung = false
    }
  } finally {
    over.removeEventListener('abort', ring)
    stop()
  }
}
