/** The table `journal`: the steps of each order, so that a crash at any point can be carried on or undone. */
import { sql } from 'kysely'
import { type JournalEntry, ORIGINAL_DRIVERS } from '../model/order.ts'
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

/** Of the VM's orders, those whose journal has that step. */
export async function ordersThatBegan(q: Queries, vm: number, step: string): Promise<ReadonlySet<number>> {
  const rows = await q
    .selectFrom('journal')
    .innerJoin('orders', 'orders.id', 'journal.order_id')
    .select('orders.id')
    .distinct()
    .where('orders.vm', '=', vm)
    .where('journal.step', '=', step)
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Drivers that devices were on when they were last given (deploy/original-drivers.ts writes them). */
export interface WrittenDrivers {
  readonly bootId: string | null
  readonly drivers: Readonly<Record<string, string | null>>
}

/** More orders back than any device that is still out of place can have been given. */
const LOOKED_BACK = 1000

/** Of the host's deploys, newest first. */
export async function listWrittenDrivers(q: Queries, host: number): Promise<WrittenDrivers[]> {
  const rows = await q
    .selectFrom('journal')
    .innerJoin('orders', 'orders.id', 'journal.order_id')
    .select('journal.facts')
    .where('orders.host', '=', host)
    .where('orders.kind', '=', 'deploy')
    .where('journal.step', '=', ORIGINAL_DRIVERS)
    .orderBy('orders.id', 'desc')
    .limit(LOOKED_BACK)
    .execute()
  return rows.map(({ facts }) => fromJson<WrittenDrivers>(facts))
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

/** Of all facts, in characters. */
export async function journalLength(q: Queries, order: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(length(facts)), 0) as n from journal where order_id = ${order}`.execute(q)
  return Number(rows[0]?.n ?? 0)
}

/** A line of the host's own journal, at its place there (from 1). One that is known already stays as it is. */
export async function insertJournalAt(
  q: Queries,
  order: number,
  at: number,
  { step, state, facts }: JournalEntry,
  now: number,
): Promise<void> {
  await q
    .insertInto('journal')
    .values({ order_id: order, seq: at, step, state, facts: JSON.stringify(facts), at: now })
    .onConflict((conflict) => conflict.columns(['order_id', 'seq']).doNothing())
    .execute()
}
