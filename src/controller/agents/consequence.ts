/** What one message of an agent changes. It may speak of its own host's orders and errands, and of nothing else. */
import { finishErrand } from '../../database/errands.ts'
import { insertJournalAt, journalLength } from '../../database/journal.ts'
import { findOrder, type StoredOrder } from '../../database/orders.ts'
import type { Tx } from '../../database/tables.ts'
import { applyEvent } from '../../lifecycle/events.ts'
import type { AgentMessage } from '../../model/agent-protocol.ts'
import { type HostEvent, isVmEvent } from '../../model/event.ts'
import type { Host } from '../../model/host.ts'
import { isVmOrder, type Order, orderSubject } from '../../model/order.ts'
import { refused } from './refused.ts'

/** Gives what a log should say. What does not fit changes nothing, and is said. */
export async function consequence(
  q: Tx,
  host: Host,
  message: AgentMessage,
  now: number,
): Promise<readonly string[]> {
  if (message.kind === 'errand') {
    const known = await finishErrand(q, host.id, message.errand, message, now)
    return known ? [] : [ignored(host, `an answer to errand ${message.errand}, which waits for none`)]
  }
  const number = message.kind === 'event' ? message.event.order : message.order
  const stored = await findOrder(q, number)
  if (stored === null || stored.order.host !== host.id)
    return [ignored(host, `${message.kind} of order ${number}, which is not one of its own`)]
  const { order } = stored
  switch (message.kind) {
    case 'step':
      if (await isTooMuch(q, order.id, message))
        return [ignored(host, `step of order ${order.id}, whose journal is full`)]
      await insertJournalAt(q, order.id, message.at, message.entry, now)
      return []
    case 'progress':
      return [`${orderSubject(order)} on ${host.name}: ${message.text}`]
    case 'event':
      return [await event(q, host, stored, message, now)]
    case 'refused':
      if (!isInHand(stored, message.attempt)) return [ignored(host, late('refused', stored, message.attempt))]
      return refused(q, host, stored, message, now)
  }
}

/** All of an order's journal is read when it is handed over: no agent is to fill the controller's memory. */
const MOST_FACTS = 4 * 1024 * 1024
/** Where steps are few and short nothing needs to be counted. */
const [FEW, SHORT] = [1000, 4096]

async function isTooMuch(
  q: Tx,
  order: number,
  { at, entry }: Extract<AgentMessage, { kind: 'step' }>,
): Promise<boolean> {
  const { length } = JSON.stringify(entry.facts)
  if (at <= FEW && length <= SHORT) return false
  return (await journalLength(q, order)) + length > MOST_FACTS
}

async function event(
  q: Tx,
  host: Host,
  stored: StoredOrder,
  { event, attempt }: Extract<AgentMessage, { kind: 'event' }>,
  now: number,
): Promise<string> {
  if (!isInHand(stored, attempt)) return ignored(host, late(event.kind, stored, attempt))
  if (event.host !== host.id || !isEndOf(stored.order, event))
    return ignored(host, `${event.kind} of order ${stored.order.id}, which does not end so`)
  return (await applyEvent(q, event, now)).what
}

/** An attempt ends once: what comes again, or after the host was fenced, is of no consequence. */
function isInHand({ state, attempts }: StoredOrder, attempt: number): boolean {
  return state === 'taken' && attempts === attempt
}

/** Whose it is, and of which kind; the rest of an event of a VM is checked where it is applied. */
function isEndOf(order: Order, event: HostEvent): boolean {
  if (isVmEvent(event)) return isVmOrder(order) && order.vm === event.vm && order.epoch === event.epoch
  if (isVmOrder(order) || order.devices[0].address !== event.address) return false
  const ends = order.kind === 'bind' ? ['bound', 'bind-failed'] : ['vfs-set', 'vfs-failed']
  return ends.includes(event.kind)
}

function late(kind: string, { order, state, attempts }: StoredOrder, attempt: number): string {
  return `${kind} of order ${order.id} (attempt ${attempt}), which is ${state} (attempt ${attempts})`
}

const ignored = (host: Host, what: string): string => `host ${host.name} tells ${what}: ignored`
