/** Changes as they come, whichever process wrote them: the table is asked again and again, which both engines can. */
import type { Change } from '../model/change.ts'
import { changesAfter, lastChange } from './changes.ts'
import type { Database } from './open.ts'

export interface WatchOptions {
  /** Milliseconds between two looks; 250 by default. */
  readonly periodMs?: number
  /** The first to be told is the one after this; left out = what comes from now on. */
  readonly after?: number
  /** A look that failed (the database cannot be reached, say): the next one makes up for it. */
  readonly onError?: (error: unknown) => void
}

export interface ChangeWatch {
  /** Resolves, when it has begun to watch, with the number of the newest change that `tell` is not told. */
  readonly started: Promise<number>
  /** Nothing is told any more, and nothing of it is under way, once this resolves. */
  stop(): Promise<void>
}

const PERIOD_MS = 250
const MOST_AT_ONCE = 1000

/** `tell` gets what is new, oldest first, never nothing; what it throws goes to `onError`. They are hints: see changesAfter. */
export function watchChanges(
  database: Pick<Database, 'kysely'>,
  tell: (changes: readonly Change[]) => void,
  options: WatchOptions = {},
): ChangeWatch {
  const { periodMs = PERIOD_MS, onError = () => {} } = options
  const q = database.kysely
  let seen: number | undefined = options.after
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    seen ??= await lastChange(q)
    for (let more = true; more && !stopped; ) {
      const changes: readonly Change[] = await changesAfter(q, seen, MOST_AT_ONCE)
      seen = changes.at(-1)?.id ?? seen
      if (changes.length > 0 && !stopped) tell(changes)
      more = changes.length === MOST_AT_ONCE
    }
  }
  const started = (async () => {
    seen ??= await lastChange(q)
    return seen
  })()
  let looking: Promise<void> = started.then(
    () => {},
    (error) => onError(error),
  )
  const next = () => {
    timer = setTimeout(() => {
      looking = look()
        .catch(onError)
        .finally(() => {
          if (!stopped) next()
        })
    }, periodMs)
  }
  next()
  return {
    started,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await looking
    },
  }
}
