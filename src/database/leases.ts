/** The table `leases`: named, exclusive, for a time: "a serve runs", "somebody works on host 3". */
import type { Queries } from './tables.ts'

export interface Lease {
  readonly name: string
  readonly holder: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * Takes or renews: true when `lease.holder` has it now, until `lease.expiresAt`; false when another holder's has not
 * expired at `now`. One statement, so of two that ask at once one gets it.
 */
export async function takeLease(q: Queries, lease: Lease, now: number): Promise<boolean> {
  const { name, holder, expiresAt } = lease
  const { numInsertedOrUpdatedRows } = await q
    .insertInto('leases')
    .values({ name, holder, expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, expires_at: expiresAt })
        .where((row) => row.or([row('leases.holder', '=', holder), row('leases.expires_at', '<=', now)])),
    )
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

/** Nothing happens where another holds it. */
export async function dropLease(q: Queries, name: string, holder: string): Promise<void> {
  await q.deleteFrom('leases').where('name', '=', name).where('holder', '=', holder).execute()
}

/** Who has it at `now`; null = nobody. */
export async function findLease(q: Queries, name: string, now: number): Promise<Lease | null> {
  const row = await q
    .selectFrom('leases')
    .selectAll()
    .where('name', '=', name)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row ? { name: row.name, holder: row.holder, expiresAt: row.expires_at } : null
}
