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

/** Drops what is older than `before` (ms since the epoch); the newest stays, so that numbers never begin anew. */
export async function forgetChanges(q: Queries, before: number): Promise<void> {
  const newest = await lastChange(q)
  await q.deleteFrom('changes').where('at', '<', before).where('id', '<', newest).execute()
}
