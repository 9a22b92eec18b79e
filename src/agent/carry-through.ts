/** One order, until it has ended: tried again after a failure of the memory or a defect, stopped where nothing may be touched any more. */
import { type Order, orderFields, orderSubject } from '../model/order.ts'
import { type Agent, createAgent, type OrderPorts } from './agent.ts'
import { createAlarm } from './alarm.ts'
import type { Lock } from './lock.ts'
import { memoryJournal } from './memory/journal.ts'
import { endOrder } from './memory/orders.ts'
import { putMessage } from './memory/outbox.ts'
import type { OrderHooks } from './orders.ts'
import type { AgentDeps } from './ports.ts'
import { told } from './told.ts'

export interface Carrying extends OrderHooks {
  /** Aborted: it ended without this host. It stops before its next step, and is not told of. */
  readonly withdrawn: AbortSignal
  readonly lock: Lock
}

/** After a failure of the memory, or a defect. */
const AGAIN_MS = 30_000

/** Never rejects. */
export async function carryThrough(deps: AgentDeps, order: Order, carrying: Carrying): Promise<void> {
  const { over, stop, withdrawn, ended } = carrying
  const agent = createAgent(deps.access)
  const say = (what: string) =>
    deps.log(`${orderSubject(order)}: ${order.kind} order ${order.id} ${what}`, orderFields(order))
  const pause = createAlarm(stop)
  withdrawn.addEventListener('abort', pause.ring)
  if (!withdrawn.aborted) say('begins')
  while (!over.aborted && !withdrawn.aborted) {
    try {
      say(`ended: ${await carryOut(deps, agent, order, carrying)}`)
      return
    } catch (error) {
      if (withdrawn.aborted) break
      say(`stopped: ${told(error)}`)
      if (over.aborted || stop.aborted) return
      await pause.sleep(AGAIN_MS)
    }
  }
  // What is left half done is to be seen.
  if (withdrawn.aborted) ended()
}

/** Its end, in words, written down. Rejects where nothing could be, or nothing may be touched any more. */
async function carryOut(deps: AgentDeps, agent: Agent, order: Order, carrying: Carrying): Promise<string> {
  const { store, clock } = deps
  const stillOurs = () => {
    carrying.over.throwIfAborted()
    carrying.withdrawn.throwIfAborted()
  }
  const ports: OrderPorts = {
    journal: memoryJournal(store, carrying.news),
    ...{ clock, lock: carrying.lock },
    stillOurs: async () => stillOurs(),
    onStep: (text) => {
      deps.log(`${orderSubject(order)}: ${text}`, orderFields(order))
      putMessage(store, { kind: 'progress', order: order.id, text })
      carrying.news()
    },
  }
  const event = await agent.carryOut(order, ports)
  stillOurs()
  endOrder(store, order.id, event)
  carrying.ended()
  return `${event.kind}${'message' in event ? `: ${event.message}` : ''}`
}
