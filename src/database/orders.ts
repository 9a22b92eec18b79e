/** The table `orders`: what hosts are told to do. Taking and finishing them is src/orders' affair. */
import type { Insertable, Selectable } from 'kysely'
import type { Address } from '../model/address.ts'
import { NotFound } from '../model/errors.ts'
import {
  type DeviceOrder,
  isVmOrder,
  type Order,
  type OrderState,
  type SriovOrder,
  type VmOrder,
} from '../model/order.ts'
import { noteChanges } from './changes.ts'
import { chunks, fromJson } from './json.ts'
import type { OrdersTable, Queries } from './tables.ts'

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never
/** An order before the database numbered it. */
export type NewOrder = WithoutId<Order>
export type NewVmOrder = WithoutId<VmOrder>

/** An order and how far it got. */
export interface StoredOrder<O extends Order = Order> {
  readonly order: O
  readonly state: OrderState
  /** Who carries it out, and until when nobody else may (ms since the epoch). */
  readonly holder: string | null
  readonly leaseUntil: number | null
  /** How often it was taken. */
  readonly attempts: number
  /** Not to be taken before. */
  readonly notBefore: number
  readonly message: string | null
  readonly createdAt: number
  readonly finishedAt: number | null
}

/** An open order of the same VM, or of the same device alone, breaks a unique index. */
export async function insertOrders(q: Queries, orders: readonly NewOrder[], now: number): Promise<void> {
  for (const piece of chunks(orders, 500))
    await q
      .insertInto('orders')
      .values(piece.map((order) => newRow(order, now)))
      .execute()
  await noteChanges(q, 'order', [...new Set(orders.map(({ host }) => host))])
}

/** Gives the new id. */
export async function insertOrder(q: Queries, order: NewOrder, now: number): Promise<number> {
  const { id } = await q
    .insertInto('orders')
    .values(newRow(order, now))
    .returning('id')
    .executeTakeFirstOrThrow()
  await noteChanges(q, 'order', [order.host])
  return id
}

export interface OrderSelection {
  readonly host?: number
  readonly vm?: number
  readonly states?: readonly OrderState[]
  readonly kind?: Order['kind']
}

/** Oldest first. */
export async function listOrders(q: Queries, selection: OrderSelection = {}): Promise<StoredOrder[]> {
  let query = q.selectFrom('orders').selectAll().orderBy('id')
  if (selection.host !== undefined) query = query.where('host', '=', selection.host)
  if (selection.vm !== undefined) query = query.where('vm', '=', selection.vm)
  if (selection.states) query = query.where('state', 'in', selection.states)
  if (selection.kind !== undefined) query = query.where('kind', '=', selection.kind)
  return (await query.execute()).map(toOrder)
}

export async function findOrder(q: Queries, id: number): Promise<StoredOrder | null> {
  const row = await q.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toOrder(row) : null
}

/** NotFound `unknown-order`. */
export async function getOrder(q: Queries, id: number): Promise<StoredOrder> {
  const order = await findOrder(q, id)
  if (!order) throw new NotFound('unknown-order', `no order ${id}`, { order: id })
  return order
}

/** Orders of VMs, of all or of one; oldest first. */
export async function listVmOrders(
  q: Queries,
  selection: OrderSelection = {},
): Promise<StoredOrder<VmOrder>[]> {
  return (await listOrders(q, selection)).flatMap((stored) => ofVm(stored) ?? [])
}

function ofVm(stored: StoredOrder): StoredOrder<VmOrder> | null {
  const { order } = stored
  return isVmOrder(order) ? { ...stored, order } : null
}

/** The device's own order that is waiting or taken; there is one at most. */
export async function openDeviceOrder(
  q: Queries,
  host: number,
  address: Address,
): Promise<StoredOrder<DeviceOrder> | null> {
  const row = await q
    .selectFrom('orders')
    .selectAll()
    .where('host', '=', host)
    .where('address', '=', address)
    .where('state', 'in', ['waiting', 'taken'])
    .executeTakeFirst()
  if (!row) return null
  const stored = toOrder(row)
  return isVmOrder(stored.order) ? null : { ...stored, order: stored.order }
}

/** Of each PF of the host that was ever told how many virtual functions to have, the newest such order. */
export async function newestSriovOrders(
  q: Queries,
  host: number,
): Promise<ReadonlyMap<Address, StoredOrder<SriovOrder>>> {
  const rows = await q
    .selectFrom('orders')
    .selectAll()
    .where('host', '=', host)
    .where('kind', '=', 'sriov')
    .orderBy('id')
    .execute()
  const newest = new Map<Address, StoredOrder<SriovOrder>>()
  for (const stored of rows.map(toOrder)) {
    const { order } = stored
    if (order.kind === 'sriov') newest.set(order.devices[0].address, { ...stored, order })
  }
  return newest
}

/** The VM's order that is waiting or taken; there is one at most. */
export async function openOrder(q: Queries, vm: number): Promise<StoredOrder<VmOrder> | null> {
  const row = await q
    .selectFrom('orders')
    .selectAll()
    .where('vm', '=', vm)
    .where('state', 'in', ['waiting', 'taken'])
    .executeTakeFirst()
  return row ? ofVm(toOrder(row)) : null
}

/** A device's own order has no epoch: that of its VM, should it have one, is not touched by it. */
function newRow(order: NewOrder, now: number): Insertable<OrdersTable> {
  const { host, kind } = order
  const about =
    order.kind === 'bind' || order.kind === 'sriov'
      ? { vm: null, epoch: 0, address: order.devices[0].address }
      : { vm: order.vm, epoch: order.epoch, address: null }
  return {
    ...about,
    host,
    kind,
    state: 'waiting',
    body: JSON.stringify(order),
    attempts: 0,
    not_before: 0,
    created_at: now,
  }
}

export function toOrder(row: Selectable<OrdersTable>): StoredOrder {
  return {
    order: { ...fromJson<NewOrder>(row.body), id: row.id },
    state: row.state,
    holder: row.holder,
    leaseUntil: row.lease_until,
    attempts: row.attempts,
    notBefore: row.not_before,
    message: row.message,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }
}
