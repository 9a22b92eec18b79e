/** An agent looked at from outside, while it runs or not: its membership and its memory. */
import type { AgentSettings } from '../model/agent-protocol.ts'
import type { AgentStatus } from '../model/agent-status.ts'
import { NotFound } from '../model/errors.ts'
import { orderSubject } from '../model/order.ts'
import { readSettings } from './answers.ts'
import { readMembership } from './membership.ts'
import { isHeld } from './memory/lock.ts'
import { HEARD_FACT, lookIntoMemory, PID_FACT, readFact, type Store } from './memory/open.ts'
import { ordersUnderWay } from './memory/orders.ts'
import { countMessages } from './memory/outbox.ts'
import { SETTINGS_FACT } from './settings.ts'

type Remembered = Pick<AgentStatus, 'heardAt' | 'settings' | 'waiting' | 'orders'>

const NOTHING: Remembered = { heardAt: null, settings: null, waiting: {}, orders: [] }

/** NotFound `agent-not-joined`; CommandFailed `agent-state`, `agent-memory`. */
export function agentStatus(dir: string): AgentStatus {
  const { server, host, cluster, driver, uri } = readMembership(dir)
  const store = memoryIn(dir)
  try {
    const running = store !== null && isHeld(dir)
    return {
      ...{ state: dir, running },
      pid: running ? Number(readFact(store, PID_FACT)) : null,
      ...{ server, host, cluster, driver, uri },
      // Of a database that it was with before, until it runs again.
      ...(store === null || readFact(store, 'cluster') !== cluster ? NOTHING : remembered(store)),
    }
  } finally {
    store?.close()
  }
}

function memoryIn(dir: string): Store | null {
  try {
    return lookIntoMemory(dir)
  } catch (error) {
    if (error instanceof NotFound) return null
    throw error
  }
}

function remembered(store: Store): Remembered {
  const heard = readFact(store, HEARD_FACT)
  return {
    heardAt: heard === null ? null : Number(heard),
    settings: settingsIn(store),
    waiting: countMessages(store),
    orders: ordersUnderWay(store).map(({ order, attempt }) => ({
      ...{ id: order.id, attempt, kind: order.kind },
      about: orderSubject(order),
    })),
  }
}

function settingsIn(store: Store): AgentSettings | null {
  const text = readFact(store, SETTINGS_FACT)
  return text === null ? null : readSettings(JSON.parse(text))
}
