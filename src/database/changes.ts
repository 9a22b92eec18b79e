/** The table `changes`: hints, in the transaction of the change itself, for whoever waits in whatever process. */
import type { Change, ChangeKind } from '../model/change.ts'
import { chunks } from './json.ts'
import type { Queries } from './tables.ts'

export async function noteChanges(q: Queries, kind: ChangeKind, subjects: readonly number[]): Promise<void> {
  // Only how long it is kept hangs on the time.
  const at = Date.now()
  for (const piece of chunks(subjects, 500))
    await q
      .insertInto('changes')
      .values(piece.map((subject) => ({ at, kind, subject })))
      .execute()
}

/** 0 = there was none yet. */
export async function lastChange(q: Queries): Promise<number> {
  const row = await q.selectFrom('changes').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return row?.id ?? 0
}

/** Those after `id`, oldest first, at most `limit`. One that was committed late may be missed: they are hints. */
export async function changesAfter(q: Queries, id: number, limit: number): Promise<Change[]> {
  return q
    .selectFrom('changes')
    .select(['id', 'kind', 'subject'])
    .where('id', '>', id)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** The oldest that is still known; null = there is none. Who knows none from the one before it on has missed some. */
export async function oldestChange(q: Queries): Promise<{ readonly id: number; readonly at: number } | null> {
  const row = await q.selectFrom('changes').select(['id', 'at']).orderBy('id').limit(1).executeTakeFirst()
  return row ?? null
}

/** Forgetting gives documents that rarely change another mark (change-mark.ts) than before: not for a few rows of a quiet hour. */
const QUIET_MS = 3_600_000
const QUIET_ROWS = 20_000

/**
 * Drops what is older than `before` (ms since the epoch), as soon as that is an hour's worth or there are many; the newest stays, so
 * that numbers never begin anew. May be called as often as one likes.
 */
export async function forgetChanges(q: Queries, before: number): Promise<void> {
  const oldest = await oldestChange(q)
  const newest = await lastChange(q)
  if (oldest === null) return
  if (oldest.at >= before - QUIET_MS && newest - oldest.id < QUIET_ROWS) return
  await q.deleteFrom('changes').where('at', '<', before).where('id', '<', newest).execute()
}

/** As many as are in flight at a time, and more: a change with a lower number may be committed after one with a higher. */
export const NEWEST_CHANGES = 64

/** Of one kind, newest first: their numbers and when they were noted. */
export async function newestChanges(
  q: Queries,
  kind: ChangeKind,
): Promise<readonly { readonly id: number; readonly at: number }[]> {
  return q
    .selectFrom('changes')
    .select(['id', 'at'])
    .where('kind', '=', kind)
    .orderBy('id', 'desc')
    .limit(NEWEST_CHANGES)
    .execute()
}
