/** The table `journal`: the steps of each order, so that a crash at any point can be carried on or undone. */
import { sql } from 'kysely'
import type { JournalEntry } from '../model/order.ts'
import { fromJson } from './json.ts'
import type { Queries } from './tables.ts'

/** In the order in which they were written. */
export async function listJournal(q: Queries, order: number): Promise<JournalEntry[]> {
  const rows = await q
    .selectFrom('journal')
    .select(['step', 'state', 'facts'])
    .where('order_id', '=', order)
    .orderBy('seq')
    .execute()
  return rows.map(({ step, state, facts }) => ({ step, state, facts: fromJson(facts) }))
}

/** At the journal's end; two writers at once would break the primary key. */
export async function insertJournal(
  q: Queries,
  order: number,
  entry: JournalEntry,
  now: number,
): Promise<void> {
  const seq = sql<number>`(select coalesce(max(seq), 0) + 1 from journal where order_id = ${order})`
  const { step, state } = entry
  await q
    .insertInto('journal')
    .values({ order_id: order, seq, step, state, facts: JSON.stringify(entry.facts), at: now })
    .execute()
}
