/** An agent's program starts: it is the one that speaks from now on, and goes on with what the one before had in hand. */
import { findAgent, updateAgent } from '../../database/agents.ts'
import { noteChanges } from '../../database/changes.ts'
import { getHost, updateHost } from '../../database/hosts.ts'
import { advanceOrderNumbers, countOrders, lastOrderNumber } from '../../database/order-numbers.ts'
import type { Queries } from '../../database/tables.ts'
import type { Hello, HelloAnswer } from '../../model/agent-protocol.ts'
import { Conflict } from '../../model/errors.ts'
import { passOnOrders } from '../../orders/take.ts'
import type { ControllerDeps } from '../ports.ts'
import { holderOf, holderPrefix } from './present.ts'
import { settingsOf } from './settings.ts'

/** More orders than databases fall behind when they are restored, all times together: numbers end at 2^31. */
const FARTHEST = 1_000_000

/** Conflict `agent-superseded` where no agent has joined, `order-number-implausible`. The same hello may come twice. */
export async function takeInHello(deps: ControllerDeps, id: number, hello: Hello): Promise<HelloAnswer> {
  const { database, clock } = deps
  const { incarnation, version, driver, uri, highestOrder } = hello
  const { host, again, advanced } = await database.transaction(async (q) => {
    const agent = await findAgent(q, id)
    if (agent === null)
      throw new Conflict('agent-superseded', 'no agent has joined for this host', { host: id })
    const again = agent.incarnation === incarnation
    const advanced = await goOnFrom(q, id, highestOrder)
    const fresh = again ? {} : { incarnation, lastMessage: 0, lastReport: 0 }
    await updateAgent(q, id, { ...fresh, version, heardAt: clock.now(), compared: false })
    await updateHost(q, id, { driver, uri })
    await noteChanges(q, 'host', [id])
    await passOnOrders(q, id, holderPrefix(id), holderOf(id, incarnation))
    return { host: await getHost(q, id), again, advanced }
  })
  if (!again) deps.log(`host ${host.name}: its agent (${version}) says hello`)
  if (advanced) deps.log(`host ${host.name} has seen order ${highestOrder}: numbers go on from there`)
  return { cluster: database.cluster, settings: settingsOf(host), now: clock.now() }
}

/**
 * Numbers that a host has seen are not given out again: the database may be an older copy. True = they were behind. Conflict
 * `order-number-implausible`: no agent uses up the numbers for all.
 */
export async function goOnFrom(q: Queries, host: number, highestOrder: number): Promise<boolean> {
  const last = await lastOrderNumber(q)
  if (highestOrder <= last) return false
  // From what was given out, not from where agents have brought it before: one that says more each time gets no farther.
  if (highestOrder > (await countOrders(q)) + FARTHEST)
    throw new Conflict(
      'order-number-implausible',
      `it has seen order ${highestOrder}, and the newest here is ${last}: its memory is damaged, or of another cluster; remove its state folder and let it join anew`,
      { host, highestOrder, last },
    )
  await advanceOrderNumbers(q, highestOrder)
  return true
}
