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

/** At the journal's end, in one statement; false = `holder` does not hold the order, nothing was written. */
export async function insertJournal(
  q: Queries,
  order: number,
  holder: string,
  entry: JournalEntry,
  now: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into journal (order_id, seq, step, state, facts, at)
    select id, (select coalesce(max(seq), 0) + 1 from journal where order_id = orders.id),
      ${entry.step}, ${entry.state}, ${JSON.stringify(entry.facts)}, ${now}
    from orders where id = ${order} and state = 'taken' and holder = ${holder}`.execute(q)
  return numAffectedRows === 1n
}
