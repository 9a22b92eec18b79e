/** Orders on this host: taken in turn, releases beside the others, each told when it ended; what a crash left is gone on with first. */
import type { HandedOrder } from '../model/agent-protocol.ts'
import { type Order, orderFields, orderSubject } from '../model/order.ts'
import { type Agent, createAgent } from './agent.ts'
import { createAlarm } from './alarm.ts'
import { memoryJournal } from './memory/journal.ts'
import { endOrder, ordersUnderWay, receiveOrder } from './memory/orders.ts'
import { putMessage, toldOrders } from './memory/outbox.ts'
import type { AgentDeps } from './ports.ts'
import { told } from './told.ts'

export interface OrderHooks {
  /** Something waits in the outbox. */
  news(): void
  /** An order ended: the host is not as it was seen last. */
  ended(): void
  /** Aborted: another program speaks for this host, and nothing may be touched any more. */
  readonly over: AbortSignal
  /** Aborted: nothing new is begun. */
  readonly stop: AbortSignal
}

export interface Orders {
  /** Goes on with what was begun before this start. */
  resume(): void
  /** True = it is to be done, or refused: something that was not known. */
  take(handed: HandedOrder): boolean
  /** Under way, or their end is not told yet. */
  present(): readonly { readonly id: number; readonly attempt: number }[]
  /** Resolves when none is under way. */
  idle(): Promise<void>
}

export function createOrders(deps: AgentDeps, hooks: OrderHooks): Orders {
  const { store, host, cluster, log } = deps
  const agent = createAgent(deps.access)
  const underWay = new Map<number, Promise<void>>()
  const foreign = new Set<string>()
  const lock = createLock()
  /** The one that was begun last. */
  let inTurn: Promise<void> = Promise.resolve()

  /** An order has the host for itself; but a guest's grace time, which may be long, keeps nobody waiting. */
  const start = (order: Order): void => {
    const before = order.kind === 'release' ? Promise.resolve() : inTurn
    const work = before
      .then(() => (hooks.stop.aborted ? undefined : carryThrough(deps, agent, order, lock, hooks)))
      .finally(() => underWay.delete(order.id))
    underWay.set(order.id, work)
    if (order.kind !== 'release') inTurn = work
  }

  const isForeign = ({ id, host: of, cluster: from }: Order): boolean => {
    if (of === host.id && from === cluster) return false
    const key = `${id} ${of} ${from}`
    if (!foreign.has(key))
      log(`order ${id} is for host ${of} of database ${from}, not for this one: nothing was touched`, {
        order: id,
      })
    foreign.add(key)
    return true
  }

  return {
    resume: () => {
      for (const { order } of ordersUnderWay(store)) {
        log(`${orderSubject(order)}: going on with ${order.kind} order ${order.id}`, orderFields(order))
        start(order)
      }
    },
    take: (handed) => {
      const { order } = handed
      if (isForeign(order)) return false
      const reception = receiveOrder(store, handed)
      hooks.news()
      if (reception.kind === 'stale') log(reception.message, orderFields(order))
      // One that stopped on a defect is under way for the memory, and nobody is at it.
      else if (!underWay.has(order.id) && (reception.kind === 'new' || isUnderWay(deps, order.id)))
        start(order)
      return reception.kind !== 'known'
    },
    present: () => [
      ...ordersUnderWay(store).map(({ order, attempt }) => ({ id: order.id, attempt })),
      ...toldOrders(store),
    ],
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
  }
}

const isUnderWay = ({ store }: AgentDeps, id: number): boolean =>
  ordersUnderWay(store).some(({ order }) => order.id === id)

type Lock = <T>(work: () => Promise<T>) => Promise<T>

/** Of this program, which is the only one on the host: the state's lock says so. */
function createLock(): Lock {
  let before: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = before.then(work)
    before = result.catch(() => {})
    return result
  }
}

/** After a failure of the memory, or a defect. */
const AGAIN_MS = 30_000

/** Until it has ended, or nothing may be touched any more. Never rejects. */
async function carryThrough(
  deps: AgentDeps,
  agent: Agent,
  order: Order,
  lock: Lock,
  hooks: OrderHooks,
): Promise<void> {
  const { store, clock } = deps
  const log = (what: string) => deps.log(`${orderSubject(order)}: ${what}`, orderFields(order))
  log(`${order.kind} order ${order.id} begins`)
  while (!hooks.over.aborted) {
    try {
      const event = await agent.carryOut(order, {
        journal: memoryJournal(store, hooks.news),
        clock,
        lock,
        stillOurs: async () => hooks.over.throwIfAborted(),
        onStep: (text) => {
          log(text)
          putMessage(store, { kind: 'progress', order: order.id, text })
          hooks.news()
        },
      })
      hooks.over.throwIfAborted()
      endOrder(store, order.id, event)
      hooks.ended()
      log(
        `${order.kind} order ${order.id} ended: ${event.kind}${'message' in event ? `: ${event.message}` : ''}`,
      )
      return
    } catch (error) {
      log(`${order.kind} order ${order.id} stopped: ${told(error)}`)
      if (hooks.over.aborted || hooks.stop.aborted) return
      await createAlarm(hooks.stop).sleep(AGAIN_MS)
    }
  }
}
