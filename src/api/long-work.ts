/** Long computations of this process: one at a time, and in pieces, so that everybody else is answered meanwhile. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { TooOften } from '../model/errors.ts'

/** Runs the work when what came before it is done; throws what it throws. TooOften `rate-limited` where too many wait. */
export type InLine = <T>(work: () => Promise<T>) => Promise<T>

/** Each keeps what it was asked with, a template's text for one. */
const MOST_WAITING = 64

export function createLine(most = MOST_WAITING): InLine {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (work) => {
    if (waiting >= most)
      throw new TooOften('rate-limited', `${waiting} others wait for such an answer; try again in a while`, {
        retryAfterSeconds: 5,
      })
    waiting += 1
    const done = last.then(work)
    last = done
      .catch(() => {})
      .then(() => {
        waiting -= 1
      })
    return done
  }
}

/** Aborted as soon as nobody is there to read the answer. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  if (raw.destroyed) gone.abort()
  return gone.signal
}

const PIECE_MS = 20

/** What the steps come to; null = whoever asked has `gone`, and they were left. */
export async function inPieces<T>(steps: Generator<unknown, T>, gone: AbortSignal): Promise<T | null> {
  while (!gone.aborted) {
    const until = performance.now() + PIECE_MS
    do {
      const step = steps.next()
      if (step.done) return step.value
    } while (performance.now() < until)
    await nextTurn()
  }
  return null
}
