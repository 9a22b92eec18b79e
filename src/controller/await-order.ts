/** Orders that another program carries out, a `serve` or a host's agent, waited for as long as it makes sense. */
import { findAgent } from '../database/agents.ts'
import { getHost } from '../database/hosts.ts'
import { findLease } from '../database/leases.ts'
import { getOrder, openOrder } from '../database/orders.ts'
import { isHeard } from '../lifecycle/agents.ts'
import { CommandFailed } from '../model/errors.ts'
import type { OrderState } from '../model/order.ts'
import { type ControllerDeps, hearingOf } from './ports.ts'
import { SERVE_LEASE } from './serve.ts'

/** A `serve` looks at its orders in every cycle, and an unbind may take the kernel a minute. */
const SERVED_MS = 90_000
/** An agent is told at once; who asks may be at the end of a connection that waits half a minute. */
const AGENT_MS = 25_000
const LOOK_MS = 200

/**
 * Until the order has ended, was put off, takes too long, or nobody is there to do it. `begin` may carry it out here. Gives its
 * state; CommandFailed `order-failed` with the reason.
 */
export async function awaitOrder(
  deps: ControllerDeps,
  id: number,
  begin: () => Promise<void> = async () => {},
): Promise<OrderState> {
  const { kysely } = deps.database
  const { order, attempts: before } = await getOrder(kysely, id)
  await begin()
  const { agent } = await getHost(kysely, order.host)
  for (const end = deps.clock.now() + (agent ? AGENT_MS : SERVED_MS); ; await deps.clock.sleep(LOOK_MS)) {
    const { state, message, attempts } = await getOrder(kysely, id)
    if (state === 'failed')
      throw new CommandFailed('order-failed', message ?? `order ${id} failed`, { order: id })
    if (state === 'done' || deps.clock.now() > end) return state
    // Tried, and put off: the guest keeps a device, say.
    if (state === 'waiting' && attempts > before) return state
    if (!(await isSomebodyThere(deps, order.host, agent))) return state
  }
}

/** The VM's open order, or what comes of it on the same host. What became of it, the VM says. */
export async function awaitVmOrder(deps: ControllerDeps, host: number, vm: number): Promise<void> {
  const open = await openOrder(deps.database.kysely, vm)
  if (open === null || open.order.host !== host) return
  try {
    if ((await awaitOrder(deps, open.order.id)) === 'done') await awaitVmOrder(deps, host, vm)
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.code !== 'order-failed') throw error
  }
}

async function isSomebodyThere(deps: ControllerDeps, host: number, agent: boolean): Promise<boolean> {
  const { kysely } = deps.database
  if (agent) return isHeard(await findAgent(kysely, host), hearingOf(deps))
  return (await findLease(kysely, SERVE_LEASE, deps.clock.now())) !== null
}
