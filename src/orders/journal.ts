/** An order's journal: written by its holder only, read by whoever carries the order on. */
import { insertJournal, listJournal } from '../database/journal.ts'
import type { Queries } from '../database/tables.ts'
import { Conflict } from '../model/errors.ts'
import type { JournalEntry } from '../model/order.ts'

/** Saved when it returns. Conflict `order-lost` when `holder` does not have the order (any more): stop touching the host. */
export async function appendJournal(
  q: Queries,
  order: number,
  holder: string,
  entry: JournalEntry,
  now: number,
): Promise<void> {
  if (await insertJournal(q, order, holder, entry, now)) return
  throw new Conflict(
    'order-lost',
    `order ${order} is not ${holder}'s any more; step ${entry.step} was not begun`,
    {
      order,
      holder,
      step: entry.step,
    },
  )
}

/** Oldest first. */
export async function loadJournal(q: Queries, order: number): Promise<JournalEntry[]> {
  return listJournal(q, order)
}
