/** A stream of which nothing is heard is broken, though nobody ended it: a laptop that slept, a cable that was pulled. */

/** The controller says something every 15 s, if only that it is there. */
const SILENT_MS = 40_000

export interface Hearing {
  /** As `fetch`; what it answers breaks off once nothing is heard of it. */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** Something came. */
  heard(): void
  stop(): void
}

export function createHearing(ask: typeof globalThis.fetch): Hearing {
  let broken = new AbortController()
  let timer: ReturnType<typeof setTimeout> | null = null
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer)
  }
  const heard = (): void => {
    stop()
    timer = setTimeout(() => broken.abort(new Error('nothing is heard of the controller')), SILENT_MS)
  }
  return {
    heard,
    stop,
    fetch: (url, init) => {
      broken = new AbortController()
      heard()
      const signals = [broken.signal, ...(init?.signal == null ? [] : [init.signal])]
      return ask(url, { ...init, signal: AbortSignal.any(signals) })
    },
  }
}
