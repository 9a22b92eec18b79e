/** Which orders are carried out when: hosts side by side, a host's orders in turn, its releases beside them. */

import { told } from '../agent/told.ts'
import { getHost } from '../database/hosts.ts'
import type { Host } from '../model/host.ts'
import type { Order } from '../model/order.ts'
import { takeableOrders } from '../orders/take.ts'
import { carryOutOrder } from './order.ts'
import type { ControllerDeps } from './ports.ts'

export interface Dispatched {
  readonly done: number
  readonly failed: number
}

export interface Dispatcher {
  /**
   * Carries out the orders of these hosts that can be taken now and are not under way here, and those that come of them;
   * `only` narrows to some of them. Those of hosts behind agents are these agents'. What fails is logged and keeps nothing else waiting: this never rejects.
   */
  dispatch(hosts: readonly number[], only?: (order: Order) => boolean): Promise<Dispatched>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** One for all that a process does at the same time: it does not take an order twice. `onDone` hears of each that went well. */
export function createDispatcher(deps: ControllerDeps, onDone: () => void = () => {}): Dispatcher {
  const underWay = new Map<number, Promise<boolean | null>>()
  /** Of each host, the one that was begun last. */
  const inTurn = new Map<number, Promise<unknown>>()

  /** An order has the host for itself; but a guest's grace time, which may be long, keeps nobody waiting. */
  const start = (host: Host, order: Order): Promise<boolean | null> => {
    const before = order.kind === 'release' ? null : inTurn.get(host.id)
    const work = Promise.resolve(before)
      .then(() => carryOutOrder(deps, host, order))
      .finally(() => underWay.delete(order.id))
    void work.then((well) => well === true && onDone())
    underWay.set(order.id, work)
    if (order.kind !== 'release') inTurn.set(host.id, work)
    return work
  }

  const ofHost = async (id: number, only: (order: Order) => boolean): Promise<(boolean | null)[]> => {
    const { kysely } = deps.database
    const outcomes: (boolean | null)[] = []
    const seen = new Set<number>()
    try {
      const host = await getHost(kysely, id)
      while (!host.agent) {
        const orders = (await takeableOrders(kysely, id, deps.clock.now())).map(({ order }) => order)
        const mine = orders.filter((order) => only(order) && !seen.has(order.id))
        if (mine.length === 0) return outcomes
        const started = mine.filter((order) => !underWay.has(order.id)).map((order) => start(host, order))
        for (const { id: order } of mine) seen.add(order)
        outcomes.push(...(await Promise.all(started)))
      }
      return outcomes
    } catch (error) {
      deps.log(`orders of host ${id} stopped: ${told(error)}`, { host: id })
      return [...outcomes, false]
    }
  }

  return {
    dispatch: async (hosts, only = () => true) => {
      const outcomes = (await Promise.all(hosts.map((host) => ofHost(host, only)))).flat()
      return {
        done: outcomes.filter((outcome) => outcome === true).length,
        failed: outcomes.filter((outcome) => outcome === false).length,
      }
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
  }
}
