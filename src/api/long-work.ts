/** Long computations of this process: one at a time, and in pieces, so that everybody else is answered meanwhile. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'

/** Runs the work when what came before it is done; throws what it throws. */
export type InLine = <T>(work: () => Promise<T>) => Promise<T>

export function createLine(): InLine {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    last = done.catch(() => {})
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
