/** What the controller is still to be told: kept on disk in order, bounded, an order's end never dropped. */
import type { AgentMessage } from '../../model/agent-protocol.ts'
import type { Store } from './open.ts'

export interface Waiting {
  /** Its place; they rise, and none is used twice. */
  readonly id: number
  readonly message: AgentMessage
}

/** Most of words for a log, and of all together; beyond that, what can be spared goes first. */
export interface OutboxLimits {
  readonly progress: number
  readonly all: number
}

export const OUTBOX_LIMITS: OutboxLimits = { progress: 500, all: 10_000 }

/** At the end, in the transaction that is open, if one is. */
export function putMessage(store: Store, message: AgentMessage, limits: OutboxLimits = OUTBOX_LIMITS): void {
  const { order, attempt, errand } = subjectOf(message)
  store
    .prepare('insert into outbox (kind, order_id, attempt, errand, body) values (?, ?, ?, ?, ?)')
    .run(message.kind, order, attempt, errand, written(message))
  bound(store, limits)
}

/** Of words, in characters; the controller takes 65,536. */
const LONGEST_WORDS = 60_000

/** What a program said at length is cut: the controller would refuse the message, and an order's end is told until it is taken. */
function written(message: AgentMessage): string {
  if (message.kind === 'errand' || message.kind === 'step') return JSON.stringify(message)
  return JSON.stringify(message, (_, value: unknown) =>
    typeof value === 'string' && value.length > LONGEST_WORDS
      ? `${value.slice(0, LONGEST_WORDS)} (shortened)`
      : value,
  )
}

function subjectOf(message: AgentMessage) {
  const none = { order: null, attempt: null, errand: null }
  switch (message.kind) {
    case 'event':
      return { ...none, order: message.event.order, attempt: message.attempt }
    case 'refused':
      return { ...none, order: message.order, attempt: message.attempt }
    case 'errand':
      return { ...none, errand: message.errand }
    default:
      return { ...none, order: message.order }
  }
}

/** Words first, then lines of journals of orders that have ended: the journal itself is kept beside. */
function bound(store: Store, { progress, all }: OutboxLimits): void {
  const count = (where: string) =>
    store.prepare<[], number>(`select count(*) from outbox ${where}`).pluck().get() ?? 0
  const drop = (where: string, most: number) =>
    store
      .prepare(`delete from outbox where id in (select id from outbox where ${where} order by id limit ?)`)
      .run(most)
  const words = count("where kind = 'progress'")
  if (words > progress) drop("kind = 'progress'", words - progress)
  const excess = count('') - all
  if (excess <= 0) return
  const { changes } = drop("kind = 'progress'", excess)
  if (changes < excess)
    drop("kind = 'step' and order_id in (select id from orders where event is not null)", excess - changes)
}

/** Oldest first. */
export function waitingMessages(store: Store, most: number, upTo: number): readonly Waiting[] {
  return store
    .prepare<[number, number], { readonly id: number; readonly body: string }>(
      'select id, body from outbox where id <= ? order by id limit ?',
    )
    .all(upTo, most)
    .map(({ id, body }) => ({ id, message: JSON.parse(body) }))
}

/** Of the newest that waits; 0 = none does. */
export function newestMessage(store: Store): number {
  return store.prepare<[], number | null>('select max(id) from outbox').pluck().get() ?? 0
}

/** They were taken in. */
export function forgetMessages(store: Store, upTo: number): void {
  store.prepare('delete from outbox where id <= ?').run(upTo)
}

/** Attempts of orders whose end waits to be told. */
export function toldOrders(store: Store): readonly { readonly id: number; readonly attempt: number }[] {
  return store
    .prepare<[], { readonly id: number; readonly attempt: number }>(
      "select distinct order_id as id, attempt from outbox where kind in ('event', 'refused')",
    )
    .all()
}

/** Nobody waits for the order's end. */
export function forgetEnd(store: Store, order: number): void {
  store.prepare("delete from outbox where kind in ('event', 'refused') and order_id = ?").run(order)
}

export function toldErrands(store: Store): readonly number[] {
  return store.prepare<[], number>("select errand from outbox where kind = 'errand'").pluck().all()
}

/** How many of each kind. */
export function countMessages(store: Store): Readonly<Record<string, number>> {
  const rows = store
    .prepare<[], { readonly kind: string; readonly n: number }>(
      'select kind, count(*) as n from outbox group by kind order by kind',
    )
    .all()
  return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]))
}
