/** How an order ends: done, failed, or back to waiting. Called in the transaction that takes its event in. */
import { noteChanges } from '../database/changes.ts'
import type { Queries } from '../database/tables.ts'

const FREE = { holder: null, lease_until: null }

/** False = it was ended before. */
export async function finishOrder(q: Queries, id: number, now: number): Promise<boolean> {
  return end(q, id, { state: 'done', message: null }, now)
}

/** False = it was ended before. It is not tried again. */
export async function failOrder(q: Queries, id: number, message: string, now: number): Promise<boolean> {
  return end(q, id, { state: 'failed', message }, now)
}

/** Back to waiting, not to be taken before `notBefore`. False = it was ended before. */
export async function postponeOrder(
  q: Queries,
  id: number,
  message: string,
  notBefore: number,
): Promise<boolean> {
  const row = await q
    .updateTable('orders')
    .set({ state: 'waiting', message, not_before: notBefore, ...FREE })
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'taken'])
    .returning('host')
    .executeTakeFirst()
  if (row) await noteChanges(q, 'order', [row.host])
  return row !== undefined
}

async function end(
  q: Queries,
  id: number,
  outcome: { readonly state: 'done' | 'failed'; readonly message: string | null },
  now: number,
): Promise<boolean> {
  const row = await q
    .updateTable('orders')
    .set({ ...outcome, finished_at: now, ...FREE })
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'taken'])
    .returning('host')
    .executeTakeFirst()
  if (row) await noteChanges(q, 'order', [row.host])
  return row !== undefined
}
