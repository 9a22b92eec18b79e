/** Named leases in the database: one holder at a time does what the name says, and a dead holder's lease runs out. */

import { dropLease, takeLease } from '../database/leases.ts'
import type { Database } from '../database/open.ts'
import { Conflict } from '../model/errors.ts'
import type { Clock } from './ports.ts'

export interface LeaseRequest {
  readonly name: string
  readonly holder: string
  /** How long a silent holder keeps it. */
  readonly ttlMs: number
  /** How long to wait for somebody else's; 0 = not at all. */
  readonly waitMs: number
}

const RETRY_MS = 100

/** Does `work` while holding the lease, which is renewed meanwhile. Throws Conflict `lease-held` when it was not to be had. */
export async function withLease<T>(
  database: Database,
  clock: Clock,
  lease: LeaseRequest,
  work: () => Promise<T>,
): Promise<T> {
  const take = () =>
    database.transaction((q) => {
      const now = clock.now()
      return takeLease(q, { name: lease.name, holder: lease.holder, expiresAt: now + lease.ttlMs }, now)
    })
  const deadline = clock.now() + lease.waitMs
  while (!(await take())) {
    if (clock.now() >= deadline)
      throw new Conflict('lease-held', `${lease.name} is being worked on by another process; try again`, {
        ...lease,
      })
    await clock.sleep(RETRY_MS)
  }
  // A renewal that fails is made up for by the next one: the lease outlives two of them.
  const renewal = setInterval(() => void take().catch(() => {}), lease.ttlMs / 3)
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    await database.transaction((q) => dropLease(q, lease.name, lease.holder))
  }
}
