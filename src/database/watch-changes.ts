/** Changes as they come, whichever process wrote them: the table is asked again and again, which both engines can. */
import type { Change } from '../model/change.ts'
import { changesAfter, lastChange, NEWEST_CHANGES } from './changes.ts'
import type { Database } from './open.ts'
import type { Queries } from './tables.ts'

export interface WatchOptions {
  /** Milliseconds between two looks; 250 by default. */
  readonly periodMs?: number
  /** A look that failed (the database cannot be reached, say): the next one makes up for it. */
  readonly onError?: (error: unknown) => void
}

export interface ChangeWatch {
  /** Resolves when it has begun to watch: what is committed from then on is told. */
  readonly started: Promise<void>
  /** Nothing is told any more, and nothing of it is under way, once this resolves. */
  stop(): Promise<void>
}

const PERIOD_MS = 250
const MOST_AT_ONCE = 1000

/**
 * `tell` gets what is new, once, never nothing; what it throws goes to `onError`. Oldest first, but one that is committed after
 * another with a higher number (PostgreSQL) comes after it, with a later look.
 */
export function watchChanges(
  database: Pick<Database, 'kysely'>,
  tell: (changes: readonly Change[]) => void,
  options: WatchOptions = {},
): ChangeWatch {
  const { periodMs = PERIOD_MS, onError = () => {} } = options
  const q = database.kysely
  let known: Known | null = null
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    known ??= await knownNow(q)
    for (let more = true; more && !stopped; ) {
      const { last, ids } = known
      const found: readonly Change[] = await changesAfter(q, Math.max(0, last - NEWEST_CHANGES), MOST_AT_ONCE)
      known = knownOf(found, last)
      const fresh = found.filter(({ id }) => !ids.has(id))
      if (fresh.length > 0 && !stopped) tell(fresh)
      more = found.length === MOST_AT_ONCE
    }
  }
  const started = (async () => {
    known ??= await knownNow(q)
  })()
  const next = () => {
    if (stopped) return
    timer = setTimeout(() => {
      looking = look().catch(onError).finally(next)
    }, periodMs)
  }
  let looking: Promise<void> = started.catch(onError).finally(next)
  return {
    started,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await looking
    },
  }
}

/** Numbers are given out before their rows can be seen: of the newest it is known which were. */
interface Known {
  readonly last: number
  readonly ids: ReadonlySet<number>
}

async function knownNow(q: Queries): Promise<Known> {
  const last = await lastChange(q)
  return knownOf(await changesAfter(q, Math.max(0, last - NEWEST_CHANGES), MOST_AT_ONCE), last)
}

function knownOf(found: readonly Change[], before: number): Known {
  const last = found.at(-1)?.id ?? before
  return { last, ids: new Set(found.map(({ id }) => id).filter((id) => id > last - NEWEST_CHANGES)) }
}
