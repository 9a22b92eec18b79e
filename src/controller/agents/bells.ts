/** Long polls asleep until something of their host changes: one listener for all of them. */
import type { ChangesHub } from '../../database/changes-hub.ts'

export interface Bell {
  /**
   * Resolves after `ms`, at once where something changed since it was hung up or waited for last, or when `gone` is aborted. True =
   * something changed.
   */
  wait(ms: number, gone?: AbortSignal): Promise<boolean>
  takeDown(): void
}

export interface Bells {
  /** Hang it up, look, then wait: what changes between is not missed. */
  hang(host: number): Promise<Bell>
}

/** Orders of the host (errands are told as such) and what an operator says of it wake its agent. */
const WAKING: ReadonlySet<string> = new Set(['order', 'host'])

export function createBells(hub: ChangesHub): Bells {
  const hung = new Map<number, Set<() => void>>()
  let stopListening: Promise<() => void> | null = null

  const remove = (host: number, ring: () => void): void => {
    const ofHost = hung.get(host)
    ofHost?.delete(ring)
    if (ofHost?.size === 0) hung.delete(host)
    if (hung.size > 0 || stopListening === null) return
    void stopListening.then((stop) => stop())
    stopListening = null
  }
  const listen = (): Promise<() => void> =>
    hub.listen((changes) => {
      for (const { kind, subject } of changes)
        if (WAKING.has(kind)) for (const ring of hung.get(subject) ?? []) ring()
    })
  return {
    hang: async (host) => {
      const bell = createBell()
      hung.set(host, (hung.get(host) ?? new Set()).add(bell.ring))
      stopListening ??= listen()
      try {
        await stopListening
      } catch (error) {
        stopListening = null
        remove(host, bell.ring)
        throw error
      }
      return { wait: bell.wait, takeDown: () => remove(host, bell.ring) }
    },
  }
}

function createBell(): Pick<Bell, 'wait'> & { ring(): void } {
  let rung = false
  let wake: () => void = () => {}
  return {
    ring: () => {
      rung = true
      wake()
    },
    wait: async (ms, gone) => {
      if (!rung && !gone?.aborted)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(() => wake(), ms)
          const stop = () => wake()
          wake = () => {
            clearTimeout(timer)
            gone?.removeEventListener('abort', stop)
            resolve()
          }
          gone?.addEventListener('abort', stop, { once: true })
        })
      const changed = rung
      rung = false
      return changed
    },
  }
}
