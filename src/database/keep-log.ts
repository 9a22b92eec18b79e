/** Keeps the log, and what was let in once, from growing for ever: while a `serve` runs, every hour. */
import { forgetAudit } from './audit.ts'
import { forgetJoinTokens } from './join-tokens.ts'
import type { Database } from './open.ts'

const HOUR_MS = 3600 * 1000
const DAY_MS = 24 * HOUR_MS
export const LOG_KEPT_DAYS = 90
const LOG_KEPT_ROWS = 1_000_000
const JOIN_TOKENS_KEPT_DAYS = 7

/** `now` in ms since the epoch. */
export async function forgetOld(database: Database, now: number): Promise<void> {
  await database.transaction(async (q) => {
    await forgetAudit(q, now - LOG_KEPT_DAYS * DAY_MS, LOG_KEPT_ROWS)
    await forgetJoinTokens(q, now - JOIN_TOKENS_KEPT_DAYS * DAY_MS)
  })
}

/** At once, and every hour, until it is stopped; `stop` waits for what is under way. */
export function keepLog(database: Database, log: (line: string) => void): { stop(): Promise<void> } {
  let working: Promise<void> = Promise.resolve()
  const work = () => {
    working = forgetOld(database, Date.now()).catch((error: unknown) =>
      log(`the log was not shortened: ${error instanceof Error ? error.message : error}`),
    )
  }
  work()
  const timer = setInterval(work, HOUR_MS)
  return {
    stop: () => {
      clearInterval(timer)
      return working
    },
  }
}
