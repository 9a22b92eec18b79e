/** The table `changes`: hints, in the transaction of the change itself, for whoever waits in whatever process. */
import { CHANGE_KINDS, type Change, type ChangeKind } from '../model/change.ts'
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

/** The oldest that is still known; null = there is none. Who has seen less than the one before it has missed some. */
export async function oldestChange(q: Queries): Promise<number | null> {
  const row = await q.selectFrom('changes').select('id').orderBy('id').limit(1).executeTakeFirst()
  return row?.id ?? null
}

/**
 * Drops what is older than `before` (ms since the epoch). The newest ones of each kind stay, so that numbers never begin anew and
 * marks (change-marks.ts) never go back to what they were.
 */
export async function forgetChanges(q: Queries, before: number): Promise<void> {
  for (const kind of CHANGE_KINDS) {
    const [oldestKept] = (await newestChanges(q, kind)).slice(-1)
    if (oldestKept !== undefined)
      await q
        .deleteFrom('changes')
        .where('kind', '=', kind)
        .where('at', '<', before)
        .where('id', '<', oldestKept.id)
        .execute()
  }
}

/** As many as are in flight at a time, and more: a change with a lower number may be committed after one with a higher. */
const NEWEST = 64

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
    .limit(NEWEST)
    .execute()
}
