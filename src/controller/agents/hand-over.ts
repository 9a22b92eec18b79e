/** Orders handed to a host's agent: taken in its name, told again until their end is heard, and nobody else's meanwhile. */
import { listOrders, type StoredOrder } from '../../database/orders.ts'
import type { Tx } from '../../database/tables.ts'
import type { HandedOrder, PollRequest } from '../../model/agent-protocol.ts'
import { isVmOrder } from '../../model/order.ts'
import { loadGivingJournals, loadJournal } from '../../orders/journal.ts'
import { renewOrder, takeOrder } from '../../orders/take.ts'
import { holderOf, presentAgent } from './present.ts'

/** Only the host's agent takes its orders: this keeps other programs from them that do not know of agents. */
const LEASE_MS = 600_000
const RENEW_MS = LEASE_MS / 2
/** The next ones come with the next question. */
const AT_A_TIME = 32

/** Whether the agent is to be told of it, or its lease is to be renewed. */
export function isToHand(stored: StoredOrder, host: number, request: PollRequest, now: number): boolean {
  const { state, notBefore, leaseUntil } = stored
  if (state === 'waiting') return notBefore <= now
  if (stored.holder !== holderOf(host, request.incarnation)) return (leaseUntil ?? 0) <= now
  return !isKnown(stored, request) || (leaseUntil ?? 0) <= now + RENEW_MS
}

/** It has it under way, in this attempt, or told the end of it. */
function isKnown({ order, attempts }: StoredOrder, { orders }: PollRequest): boolean {
  return orders.some(({ id, attempt }) => id === order.id && attempt === attempts)
}

/** Of those that the agent says it has, the ones that nobody waits for any more, in that attempt. */
export function endedWithout(
  open: readonly StoredOrder[],
  host: number,
  request: PollRequest,
): readonly number[] {
  const holder = holderOf(host, request.incarnation)
  const inHand = new Map(
    open.filter((stored) => stored.holder === holder).map(({ order, attempts }) => [order.id, attempts]),
  )
  return request.orders.filter(({ id, attempt }) => inHand.get(id) !== attempt).map(({ id }) => id)
}

/** Of any number of API servers that are asked at once one takes an order. Conflict `agent-superseded`. */
export async function handOver(
  q: Tx,
  host: number,
  request: PollRequest,
  now: number,
): Promise<readonly HandedOrder[]> {
  await presentAgent(q, host, request.incarnation)
  const lease = { holder: holderOf(host, request.incarnation), until: now + LEASE_MS }
  const handed: HandedOrder[] = []
  for (const stored of await listOrders(q, { host, states: ['waiting', 'taken'] })) {
    if (handed.length === AT_A_TIME) break
    if (!isToHand(stored, host, request, now)) continue
    const { id } = stored.order
    if (stored.holder === lease.holder) {
      await renewOrder(q, id, lease)
      if (!isKnown(stored, request)) handed.push(await withJournals(q, stored))
      continue
    }
    const taken = await takeOrder(q, id, lease, now)
    if (taken !== null) handed.push(await withJournals(q, taken))
  }
  return handed
}

async function withJournals(q: Tx, { order, attempts }: StoredOrder): Promise<HandedOrder> {
  return {
    ...{ order, attempt: attempts },
    journal: await loadJournal(q, order.id),
    giving: isVmOrder(order) ? await loadGivingJournals(q, order) : [],
  }
}
