/** Looks whether anything changed, in whatever process it was: one question every quarter of a second for all who wait. */
import { changesAfter, lastChange } from '../database/changes.ts'
import type { Database } from '../database/open.ts'
import type { Change } from '../model/change.ts'

export interface ChangeWatch {
  /** Hears of what changes from when it resolves on, some of it twice; call what it gives to hear no more. */
  listen(hear: (change: Change) => void): Promise<() => void>
}

const LOOK_MS = 250
/** Numbers are given out before their rows can be seen (PostgreSQL): so many behind the newest may still turn up. */
const LATE = 64
const MOST = 1000

/** It looks while somebody listens. `failed` hears why it could not; it looks again then. */
export function watchChanges(
  { kysely }: Pick<Database, 'kysely'>,
  failed: (error: unknown) => void,
): ChangeWatch {
  const listeners = new Set<(change: Change) => void>()
  let seen: ReadonlySet<number> = new Set()
  let newest: Promise<number> | null = null
  let timer: NodeJS.Timeout | null = null

  const look = async (from: number): Promise<number> => {
    const found = await changesAfter(kysely, Math.max(0, from - LATE), MOST)
    const news = found.filter(({ id }) => !seen.has(id))
    const last = found.at(-1)?.id ?? from
    seen = new Set(found.filter(({ id }) => id > last - LATE).map(({ id }) => id))
    for (const change of news) for (const hear of listeners) hear(change)
    return found.length < MOST ? last : look(last)
  }
  const again = (): void => {
    timer = setTimeout(async () => {
      try {
        if (newest !== null && listeners.size > 0) newest = Promise.resolve(await look(await newest))
      } catch (error) {
        failed(error)
      }
      if (listeners.size > 0) again()
      else timer = null
    }, LOOK_MS)
  }
  return {
    listen: async (hear) => {
      newest ??= lastChange(kysely).catch((error) => {
        newest = null
        throw error
      })
      await newest
      listeners.add(hear)
      if (timer === null) again()
      return () => {
        listeners.delete(hear)
      }
    },
  }
}
