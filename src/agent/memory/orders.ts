/** Orders that this host has seen: which are new, known or stale; what became of them. */
import type { HandedOrder } from '../../model/agent-protocol.ts'
import type { HostEvent } from '../../model/event.ts'
import { isVmOrder, type Order, orderSubject } from '../../model/order.ts'
import { digestOf } from '../digest.ts'
import { adoptJournal } from './journal.ts'
import { readFact, type Store, writeFact } from './open.ts'
import { forgetEnd, putMessage, toldOrders } from './outbox.ts'

/** `new` = to be carried out, or once more; `known` = it is under way, or its end is told again; `stale` = refused, and told. */
export type Reception =
  | { readonly kind: 'new'; readonly order: Order }
  | { readonly kind: 'known' }
  | { readonly kind: 'stale'; readonly message: string }

interface SeenOrder {
  readonly attempt: number
  readonly hash: string
  readonly event: string | null
}

/** In the place of an event: that attempt ended without this host, and nobody waits for what it would tell. */
const WITHDRAWN = 'null'

/** Finished orders that are kept, at least; those of a VM's newest epoch that many times longer. */
export const KEPT_ORDERS = 1000
const KEPT_LONGER = 20

/** Written down before anything of it begins. */
export function receiveOrder(store: Store, handed: HandedOrder): Reception {
  return store.transaction((): Reception => {
    const { order, attempt } = handed
    const hash = digestOf(order)
    const seen = findSeen(store, order.id)
    const stale = whyStale(store, order, seen, hash)
    if (stale !== null) {
      refuse(store, order, attempt, stale)
      return { kind: 'stale', message: stale.message }
    }
    if (seen === undefined) {
      insert(store, handed, hash)
      return { kind: 'new', order }
    }
    if (seen.attempt === attempt && seen.event !== WITHDRAWN) {
      if (seen.event !== null) tellAgain(store, order.id, attempt, seen.event)
      return { kind: 'known' }
    }
    // What is under way goes on, and tells its end under the number of the newest attempt.
    store.prepare('update orders set attempt = ?, event = null where id = ?').run(attempt, order.id)
    return seen.event === null ? { kind: 'known' } : { kind: 'new', order }
  })()
}

function findSeen(store: Store, id: number): SeenOrder | undefined {
  return store.prepare<[number], SeenOrder>('select attempt, hash, event from orders where id = ?').get(id)
}

interface Stale {
  readonly message: string
  readonly seenEpoch: number | null
}

/** Decision 13: a number seen with another content, an epoch below the VM's, a number from before what is remembered. */
function whyStale(store: Store, order: Order, seen: SeenOrder | undefined, hash: string): Stale | null {
  const seenEpoch = isVmOrder(order) ? epochOf(store, order.vm) : null
  const because = (why: string): Stale => ({
    message: `${order.kind} order ${order.id} for ${orderSubject(order)} is older than what this host has seen: ${why}; nothing was touched`,
    seenEpoch,
  })
  if (seen !== undefined && seen.hash !== hash) return because('that number had another content')
  const underWay = seen !== undefined && seen.event === null
  if (isVmOrder(order) && seenEpoch !== null && order.epoch < seenEpoch && !underWay)
    return because(`it is of epoch ${order.epoch}, and epoch ${seenEpoch} was here`)
  if (seen === undefined && order.id <= forgottenUpTo(store))
    return because('orders with higher numbers have been done and forgotten')
  return null
}

function epochOf(store: Store, vm: number): number | null {
  return store.prepare<[number], number>('select epoch from epochs where vm = ?').pluck().get(vm) ?? null
}

function refuse(store: Store, { id }: Order, attempt: number, { message, seenEpoch }: Stale): void {
  if (isTold(store, id, attempt)) return
  putMessage(store, {
    ...{ kind: 'refused', order: id, attempt, code: 'order-stale', message, seenEpoch },
    highestOrder: highestOrder(store),
  })
}

function tellAgain(store: Store, order: number, attempt: number, event: string): void {
  if (!isTold(store, order, attempt)) putMessage(store, { kind: 'event', attempt, event: JSON.parse(event) })
}

const isTold = (store: Store, order: number, attempt: number): boolean =>
  toldOrders(store).some((told) => told.id === order && told.attempt === attempt)

function insert(store: Store, { order, attempt, journal, giving }: HandedOrder, hash: string): void {
  const { vm, epoch } = isVmOrder(order) ? order : { vm: null, epoch: null }
  store
    .prepare(
      'insert into orders (id, attempt, hash, kind, vm, epoch, body, giving) values (?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(order.id, attempt, hash, order.kind, vm, epoch, JSON.stringify(order), JSON.stringify(giving))
  adoptJournal(store, order.id, journal)
  if (vm !== null)
    store
      .prepare(
        'insert into epochs (vm, epoch) values (?, ?) on conflict (vm) do update set epoch = max(epoch, excluded.epoch)',
      )
      .run(vm, epoch)
  writeFact(store, 'highest-order', String(Math.max(order.id, highestOrder(store))))
}

/** 0 = none was seen. */
export function highestOrder(store: Store): number {
  return Number(readFact(store, 'highest-order') ?? 0)
}

/** The end of the order, for the attempt that it is at: written down and to be told, both or neither. */
export function endOrder(store: Store, order: number, event: HostEvent): void {
  store.transaction(() => {
    const attempt = store
      .prepare<[string, number], number>('update orders set event = ? where id = ? returning attempt')
      .pluck()
      .get(JSON.stringify(event), order)
    if (attempt === undefined) throw new Error(`order ${order} is not remembered`)
    putMessage(store, { kind: 'event', attempt, event })
    forgetOldOrders(store)
  })()
}

/** They ended without this host, whatever it told, or has still to tell, of their ends. Gives those that were under way. */
export function withdrawOrders(store: Store, orders: readonly number[]): readonly number[] {
  const withdraw = store.prepare('update orders set event = ? where id = ? and event is null')
  return store.transaction(() => {
    for (const order of orders) forgetEnd(store, order)
    return orders.filter((order) => withdraw.run(WITHDRAWN, order).changes > 0)
  })()
}

/** Begun and not ended, oldest first. */
export function ordersUnderWay(store: Store): readonly { readonly attempt: number; readonly order: Order }[] {
  return store
    .prepare<[], { readonly attempt: number; readonly body: string }>(
      'select attempt, body from orders where event is null order by id',
    )
    .all()
    .map(({ attempt, body }) => ({ attempt, order: JSON.parse(body) }))
}

const forgottenUpTo = (store: Store): number => Number(readFact(store, 'forgotten-orders') ?? 0)

/**
 * Finished orders beyond those kept: of VMs that came again with a higher epoch, and of devices; in the end all, since a VM that is gone
 * for good never comes again. What is still to be told stays.
 */
export function forgetOldOrders(store: Store, kept: number = KEPT_ORDERS): void {
  const finishedBefore = (offset: number) =>
    store
      .prepare<[number], number>(
        'select id from orders where event is not null order by id desc limit 1 offset ?',
      )
      .pluck()
      .get(offset) ?? 0
  const forgotten = store
    .prepare<[number, number], number>(
      `delete from orders where event is not null
        and id not in (select order_id from outbox where order_id is not null)
        and (id <= ? or (id <= ? and (vm is null or epoch < (select epoch from epochs where epochs.vm = orders.vm))))
        returning id`,
    )
    .pluck()
    .all(finishedBefore(kept * KEPT_LONGER), finishedBefore(kept))
  if (forgotten.length > 0)
    writeFact(store, 'forgotten-orders', String(Math.max(forgottenUpTo(store), ...forgotten)))
}
