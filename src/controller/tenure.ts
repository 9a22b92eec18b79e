/** A lease, of a name or of an order, while it is worked under: renewed in time, and known when it was lost. */
import type { Conflict } from '../model/errors.ts'
import type { Clock } from './ports.ts'

/** Resolves while the lease is this process's. To be asked before anything is done that two must not do at once. */
export type StillOurs = () => Promise<void>

export interface Tenure {
  readonly stillOurs: StillOurs
  /** Renews no more; nothing of it is under way when it resolves. */
  end(): Promise<void>
}

export interface TenureOptions {
  readonly clock: Clock
  readonly ttlMs: number
  /** By this process's clock. */
  readonly takenAt: number
  /** False = it is somebody else's, or over. */
  readonly renew: () => Promise<boolean>
  readonly lost: () => Conflict
}

/**
 * Renews every third of `ttlMs`. A process that was suspended (SIGSTOP, a sleeping machine) wakes up with a lease that has run
 * out: `stillOurs` then asks the database, and throws what `lost` gives, from then on always, where another one took it.
 */
export function keepUp({ clock, ttlMs, takenAt, renew, lost }: TenureOptions): Tenure {
  let until = takenAt + ttlMs
  let gone = false
  let renewing: Promise<void> = Promise.resolve()
  const renewNow = async () => {
    const now = clock.now()
    if (await renew()) until = now + ttlMs
    else gone = true
  }
  // A renewal that fails is made up for by the next one, and by the question once the lease has run out.
  const timer = setInterval(() => {
    renewing = renewNow().catch(() => {})
  }, ttlMs / 3)
  return {
    stillOurs: async () => {
      if (!gone && clock.now() >= until) await renewNow()
      if (gone) throw lost()
    },
    end: async () => {
      clearInterval(timer)
      await renewing
    },
  }
}
