/** Ctrl-C, where something is to be brought to an end before the process is: asked for only then. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Interruption {
  /** Aborted by the first SIGINT from now on; a second one ends the process as ever. */
  signal(): AbortSignal
  happened(): boolean
  /** Waits so many milliseconds, less where `sooner` ends it; false = interrupted, meanwhile or before. */
  pause(ms: number, sooner?: AbortSignal): Promise<boolean>
}

export function createInterruption(): Interruption {
  let controller: AbortController | null = null
  const signal = (): AbortSignal => {
    if (controller !== null) return controller.signal
    const made = new AbortController()
    controller = made
    process.once('SIGINT', () => made.abort())
    return made.signal
  }
  return {
    signal,
    happened: () => controller?.signal.aborted ?? false,
    pause: async (ms, sooner) => {
      const interrupted = signal()
      const until = sooner ? AbortSignal.any([interrupted, sooner]) : interrupted
      await sleep(ms, undefined, { signal: until }).catch(() => undefined)
      return !interrupted.aborted
    },
  }
}
