/** Orders on this host: taken in turn, releases beside the others, each told when it ended; what a crash left is gone on with first, once the controller says that it is still wanted. */
import type { HandedOrder } from '../model/agent-protocol.ts'
import { type Order, orderFields, orderSubject } from '../model/order.ts'
import { carryThrough } from './carry-through.ts'
import { createLock } from './lock.ts'
import { ordersUnderWay, receiveOrder, withdrawOrders } from './memory/orders.ts'
import { toldOrders } from './memory/outbox.ts'
import type { AgentDeps } from './ports.ts'

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
  /**
   * The controller answered a question that named `present()`: these ended without this host, and are not touched any more. What else
   * was begun before this start is gone on with from the first answer on, and not before: the host may have been fenced meanwhile.
   */
  answered(ended: readonly number[]): void
  /** Something that was begun before this start waits for the first answer. */
  waits(): boolean
  /** True = it is to be done, or refused: something that was not known. */
  take(handed: HandedOrder): boolean
  /** Under way, or their end is not told yet. */
  present(): readonly { readonly id: number; readonly attempt: number }[]
  /** Resolves when none is under way. */
  idle(): Promise<void>
}

interface UnderWay {
  readonly work: Promise<void>
  /** Aborted: it stops before its next step, and is not told of. */
  readonly withdrawn: AbortController
}

export function createOrders(deps: AgentDeps, hooks: OrderHooks): Orders {
  const { store, host, cluster, log } = deps
  const underWay = new Map<number, UnderWay>()
  const foreign = new Set<string>()
  const lock = createLock()
  /** The one that was begun last. */
  let inTurn: Promise<void> = Promise.resolve()

  let resumed = false

  /** An order has the host for itself; but a guest's grace time, which may be long, keeps nobody waiting. */
  const start = (order: Order): void => {
    const before = order.kind === 'release' ? Promise.resolve() : inTurn
    const withdrawn = new AbortController()
    const carrying = { ...hooks, lock, withdrawn: withdrawn.signal }
    const work = before
      .then(() => (hooks.stop.aborted ? undefined : carryThrough(deps, order, carrying)))
      .finally(() => {
        underWay.delete(order.id)
        // It was withdrawn, and came again before its last step was over.
        const again = withdrawn.signal.aborted && isUnderWay(deps, order.id)
        if (again && !hooks.stop.aborted) start(order)
      })
    underWay.set(order.id, { work, withdrawn })
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
    answered: (ended) => {
      for (const id of withdrawOrders(store, ended)) {
        log(`order ${id} ended without this host: it is not gone on with, and what it has done so far stays`)
        underWay.get(id)?.withdrawn.abort()
      }
      if (resumed) return
      resumed = true
      for (const { order } of ordersUnderWay(store)) {
        log(`${orderSubject(order)}: going on with ${order.kind} order ${order.id}`, orderFields(order))
        start(order)
      }
    },
    waits: () => !resumed && ordersUnderWay(store).length > 0,
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
      while (underWay.size > 0) await Promise.all([...underWay.values()].map(({ work }) => work))
    },
  }
}

const isUnderWay = ({ store }: AgentDeps, id: number): boolean =>
  ordersUnderWay(store).some(({ order }) => order.id === id)
