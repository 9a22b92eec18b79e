/** An order's journal: written by its holder only, read by whoever carries the order on. */
import { insertJournal, listJournal } from '../database/journal.ts'
import { listVmOrders } from '../database/orders.ts'
import type { Queries } from '../database/tables.ts'
import { Conflict } from '../model/errors.ts'
import type { JournalEntry, VmOrder } from '../model/order.ts'

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

/** Of all orders that gave the VM what it has in this epoch, the first first. */
export async function loadGivingJournals(
  q: Queries,
  { vm, epoch }: Pick<VmOrder, 'vm' | 'epoch'>,
): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = []
  for (const { order } of await listVmOrders(q, { vm }))
    if ((order.kind === 'deploy' || order.kind === 'attach') && order.epoch === epoch)
      entries.push(...(await loadJournal(q, order.id)))
  return entries
}
