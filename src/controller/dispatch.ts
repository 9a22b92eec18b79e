/** Which orders are carried out when: hosts side by side, a host's deploys in turn, its releases beside them. */
import { getHost } from '../database/hosts.ts'
import type { Host } from '../model/host.ts'
import type { Order } from '../model/order.ts'
import { takeableOrders } from '../orders/take.ts'
import { told } from './failure.ts'
import { carryOutOrder } from './order.ts'
import type { ControllerDeps } from './ports.ts'

export interface Dispatched {
  readonly done: number
  readonly failed: number
}

export interface Dispatcher {
  /**
   * Carries out the orders of these hosts that can be taken now and are not under way here, and those that come of them;
   * `vm` narrows to one VM's. What fails is logged and keeps nothing else waiting: this never rejects.
   */
  dispatch(hosts: readonly number[], vm?: number): Promise<Dispatched>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** One for all that a process does at the same time: it does not take an order twice. `onDone` hears of each that went well. */
export function createDispatcher(deps: ControllerDeps, onDone: () => void = () => {}): Dispatcher {
  const underWay = new Map<number, Promise<boolean | null>>()
  /** Of each host, the one that was begun last. */
  const deploys = new Map<number, Promise<unknown>>()

  /** A deploy has the host for itself; a guest's grace time, which may be long, keeps nobody waiting. */
  const start = (host: Host, order: Order): Promise<boolean | null> => {
    const before = order.kind === 'deploy' ? deploys.get(host.id) : null
    const work = Promise.resolve(before)
      .then(() => carryOutOrder(deps, host, order))
      .finally(() => underWay.delete(order.id))
    void work.then((well) => well === true && onDone())
    underWay.set(order.id, work)
    if (order.kind === 'deploy') deploys.set(host.id, work)
    return work
  }

  const ofHost = async (id: number, vm: number | undefined): Promise<(boolean | null)[]> => {
    const { kysely } = deps.database
    const outcomes: (boolean | null)[] = []
    const seen = new Set<number>()
    try {
      for (;;) {
        const orders = (await takeableOrders(kysely, id, deps.clock.now())).map(({ order }) => order)
        const mine = orders.filter((order) => (vm === undefined || order.vm === vm) && !seen.has(order.id))
        if (mine.length === 0) return outcomes
        const host = await getHost(kysely, id)
        const started = mine.filter((order) => !underWay.has(order.id)).map((order) => start(host, order))
        for (const { id: order } of mine) seen.add(order)
        outcomes.push(...(await Promise.all(started)))
      }
    } catch (error) {
      deps.log(`orders of host ${id} stopped: ${told(error)}`)
      return [...outcomes, false]
    }
  }

  return {
    dispatch: async (hosts, vm) => {
      const outcomes = (await Promise.all(hosts.map((host) => ofHost(host, vm)))).flat()
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
