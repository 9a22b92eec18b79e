/** Who carries an order out: taken by compare-and-set with a lease, renewed while it lasts, given back by ending. */
import { type StoredOrder, toOrder } from '../database/orders.ts'
import type { Queries } from '../database/tables.ts'

export interface OrderLease {
  /** Names one running program: two that use the same name count as one. */
  readonly holder: string
  /** Nobody else may take it before (ms since the epoch). */
  readonly until: number
}

/** Orders of the host that can be taken at `now`, oldest first: waiting and due, or left by a holder whose lease ran out. */
export async function takeableOrders(q: Queries, host: number, now: number): Promise<StoredOrder[]> {
  const rows = await q
    .selectFrom('orders')
    .selectAll()
    .where('host', '=', host)
    .where((row) =>
      row.or([
        row.and([row('state', '=', 'waiting'), row('not_before', '<=', now)]),
        row.and([row('state', '=', 'taken'), row('lease_until', '<=', now)]),
      ]),
    )
    .orderBy('id')
    .execute()
  return rows.map(toOrder)
}

/**
 * Of any number that ask at once one gets it. The order, now taken; null when it is not due, done, or another holder's
 * lease runs. A holder takes its own order again (after a restart under the same name).
 */
export async function takeOrder(
  q: Queries,
  id: number,
  lease: OrderLease,
  now: number,
): Promise<StoredOrder | null> {
  const row = await q
    .updateTable('orders')
    .set((order) => ({
      state: 'taken',
      holder: lease.holder,
      lease_until: lease.until,
      attempts: order('attempts', '+', 1),
    }))
    .where('id', '=', id)
    .where((order) =>
      order.or([
        order.and([order('state', '=', 'waiting'), order('not_before', '<=', now)]),
        order.and([
          order('state', '=', 'taken'),
          order.or([order('lease_until', '<=', now), order('holder', '=', lease.holder)]),
        ]),
      ]),
    )
    .returningAll()
    .executeTakeFirst()
  return row ? toOrder(row) : null
}

/** False = the lease is lost: somebody else took it, or it was ended. Stop touching the host. */
export async function renewOrder(q: Queries, id: number, lease: OrderLease): Promise<boolean> {
  const { numUpdatedRows } = await q
    .updateTable('orders')
    .set({ lease_until: lease.until })
    .where('id', '=', id)
    .where('state', '=', 'taken')
    .where('holder', '=', lease.holder)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Orders of the host that a holder with that prefix has are another one's now: it goes on with them, in the same attempt. */
export async function passOnOrders(q: Queries, host: number, prefix: string, holder: string): Promise<void> {
  const held = await q
    .selectFrom('orders')
    .select(['id', 'holder'])
    .where('host', '=', host)
    .where('state', '=', 'taken')
    .execute()
  const ids = held.filter((order) => order.holder?.startsWith(prefix)).map(({ id }) => id)
  if (ids.length > 0) await q.updateTable('orders').set({ holder }).where('id', 'in', ids).execute()
}
