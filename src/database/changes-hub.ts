/** One watch of the changes for all who wait in this process, and only while somebody does. */
import { setMaxListeners } from 'node:events'
import type { Change } from '../model/change.ts'
import type { Database } from './open.ts'
import { type ChangeWatch, watchChanges } from './watch-changes.ts'

export type ChangeListener = (changes: readonly Change[]) => void

export interface ChangesHub {
  /** Resolves once everything that changes from now on will be told. To be stopped by who asked. */
  listen(listener: ChangeListener): Promise<() => void>
  /** How many listen. */
  readonly listeners: number
  /** Everybody who waits is to give up: aborted by `close`. */
  readonly closing: AbortSignal
  /** The watch is over when this resolves. */
  close(): Promise<void>
}

export interface HubOptions {
  readonly periodMs?: number
  readonly onError: (error: unknown) => void
}

export function createChangesHub(database: Pick<Database, 'kysely'>, options: HubOptions): ChangesHub {
  const listeners = new Set<ChangeListener>()
  const closing = new AbortController()
  // All who wait listen to it.
  setMaxListeners(0, closing.signal)
  let watch: ChangeWatch | null = null
  const ending = new Set<Promise<void>>()
  const end = () => {
    if (watch === null || listeners.size > 0) return
    const stopped = watch.stop().finally(() => ending.delete(stopped))
    ending.add(stopped)
    watch = null
  }
  return {
    listen: async (listener) => {
      // Two who pass the same function are still two.
      const own: ChangeListener = (changes) => listener(changes)
      listeners.add(own)
      watch ??= watchChanges(
        database,
        (changes) => {
          for (const tell of listeners) tell(changes)
        },
        options,
      )
      const stop = () => {
        if (listeners.delete(own)) end()
      }
      try {
        await watch.started
      } catch (error) {
        stop()
        throw error
      }
      return stop
    },
    get listeners() {
      return listeners.size
    },
    closing: closing.signal,
    close: async () => {
      closing.abort()
      listeners.clear()
      end()
      await Promise.all(ending)
    },
  }
}
