/** Named leases in the database: one holder at a time does what the name says, and a dead holder's lease runs out. */

import { dropLease, findLease, takeLease } from '../database/leases.ts'
import type { Database } from '../database/open.ts'
import { Conflict } from '../model/errors.ts'
import type { Clock } from './ports.ts'
import { keepUp, type StillOurs } from './tenure.ts'

export interface LeaseRequest {
  readonly name: string
  readonly holder: string
  /** How long a silent holder keeps it. */
  readonly ttlMs: number
  /** How long to wait for somebody else's; 0 = not at all. */
  readonly waitMs: number
  /** Wait only as long as its holder does not renew it: one that is alive does, every third of `ttlMs`. */
  readonly onlyForSilent?: true
  /** What to say where it is not to be had. */
  readonly refusal: (holder: string) => string
}

const RETRY_MS = 100

/**
 * Does `work` while holding the lease, which is renewed meanwhile. Throws Conflict `lease-held` when it was not to be had.
 * `stillOurs` throws Conflict `lease-lost` once this process slept so long that another one has it.
 */
export async function withLease<T>(
  database: Database,
  clock: Clock,
  lease: LeaseRequest,
  work: (stillOurs: StillOurs) => Promise<T>,
): Promise<T> {
  const { name, holder, ttlMs } = lease
  const take = (over: number | null = null) =>
    database.transaction((q) => {
      const now = clock.now()
      return takeLease(q, { name, holder, expiresAt: now + ttlMs }, over ?? now)
    })
  const takenAt = await wait(database, clock, lease, take)
  const lost = () =>
    new Conflict('lease-lost', `${name} was taken over by another process while this one was not heard of`, {
      name,
      holder,
    })
  const tenure = keepUp({ clock, ttlMs, takenAt, renew: take, lost })
  try {
    return await work(tenure.stillOurs)
  } finally {
    await tenure.end()
    await database.transaction((q) => dropLease(q, name, holder))
  }
}

/** Gives when it was taken. */
async function wait(
  database: Database,
  clock: Clock,
  lease: LeaseRequest,
  take: (over?: number) => Promise<boolean>,
): Promise<number> {
  const deadline = clock.now() + lease.waitMs
  let seen: number | null = null
  for (;;) {
    const takenAt = clock.now()
    if (await take()) return takenAt
    const other = await findLease(database.kysely, lease.name, clock.now())
    const renewed = other !== null && seen !== null && other.expiresAt > seen
    // Not renewed in all that time: its holder is dead, whatever a clock that was set back says of its end.
    const silent = lease.onlyForSilent === true && other !== null && !renewed && clock.now() >= deadline
    if (silent && (await take(other.expiresAt))) return takenAt
    if (clock.now() >= deadline || (lease.onlyForSilent === true && renewed))
      throw new Conflict('lease-held', lease.refusal(other?.holder ?? 'another process'), {
        name: lease.name,
        holder: other?.holder ?? null,
      })
    seen = other?.expiresAt ?? seen
    await clock.sleep(RETRY_MS)
  }
}
