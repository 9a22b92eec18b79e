/** Orders are carried out: taken with a lease, handed to the host's agent, and their events taken in. */

import type { OrderPorts } from '../agent/agent.ts'
import { getHost } from '../database/hosts.ts'
import { listOrders, type StoredOrder } from '../database/orders.ts'
import { applyEvent } from '../lifecycle/events.ts'
import { BerthError } from '../model/errors.ts'
import type { HostEvent } from '../model/event.ts'
import type { Host } from '../model/host.ts'
import { appendJournal, loadJournal } from '../orders/journal.ts'
import { renewOrder, takeableOrders, takeOrder } from '../orders/take.ts'
import { withLease } from './lease.ts'
import type { ControllerDeps } from './ports.ts'

export interface Dispatched {
  readonly done: number
  readonly failed: number
}

/** How long a silent holder keeps an order, or a host's lock. Renewed every third of it. */
const LEASE_MS = 60_000
/** Another program's deploy may take its time before this one gets the host. */
const HOST_LOCK_WAIT_MS = 600_000

/** All orders of these hosts that can be taken now; `vm` narrows to one VM's. Hosts work side by side, a host's orders in turn. */
export async function dispatchOrders(
  deps: ControllerDeps,
  hosts: readonly number[],
  vm: number | null = null,
): Promise<Dispatched> {
  const results = await Promise.all(hosts.map((host) => dispatchHost(deps, host, vm)))
  return {
    done: results.reduce((sum, { done }) => sum + done, 0),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
  }
}

async function dispatchHost(deps: ControllerDeps, id: number, vm: number | null): Promise<Dispatched> {
  const { kysely } = deps.database
  const waiting = (await takeableOrders(kysely, id, deps.clock.now())).filter(
    ({ order }) => vm === null || order.vm === vm,
  )
  if (waiting.length === 0) return { done: 0, failed: 0 }
  const host = await getHost(kysely, id)
  // A guest's grace time must not keep the host's other orders waiting: releases run beside the deploys.
  const deploys = waiting.filter(({ order }) => order.kind === 'deploy')
  const releases = waiting.filter(({ order }) => order.kind === 'release')
  const outcomes = await Promise.all(
    [...releases.map((order) => [order]), deploys].map((queue) => inTurn(deps, host, queue)),
  )
  const well = outcomes.flat()
  return { done: well.filter(Boolean).length, failed: well.filter((good) => !good).length }
}

async function inTurn(deps: ControllerDeps, host: Host, queue: readonly StoredOrder[]): Promise<boolean[]> {
  const outcomes: boolean[] = []
  for (const { order } of queue) {
    const now = deps.clock.now()
    const lease = { holder: deps.holder, until: now + LEASE_MS }
    const taken = await deps.database.transaction((q) => takeOrder(q, order.id, lease, now))
    if (taken) outcomes.push(await carryOutTaken(deps, host, taken))
  }
  return outcomes
}

/** True = the host did what it was told. An order that could not be ended keeps its lease until that runs out. */
async function carryOutTaken(deps: ControllerDeps, host: Host, { order }: StoredOrder): Promise<boolean> {
  const renewal = setInterval(() => {
    const lease = { holder: deps.holder, until: deps.clock.now() + LEASE_MS }
    // A renewal that fails is made up for by the next one; a lost order is noticed at the next journal entry.
    void renewOrder(deps.database.kysely, order.id, lease).catch(() => {})
  }, LEASE_MS / 3)
  try {
    const agent = await deps.connect(host)
    const event = await agent.carryOut(order, {
      journal: journalOf(deps),
      clock: deps.clock,
      lock: (work) => withLease(deps.database, deps.clock, hostLock(deps, host, order.id), work),
      onStep: (text) => deps.log(`VM ${order.vm} on ${host.name}: ${text}`),
    })
    return await takeInEvent(deps, event)
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    deps.log(`VM ${order.vm} on ${host.name}: ${order.kind} order ${order.id} stopped: ${error.message}`)
    return false
  } finally {
    clearInterval(renewal)
  }
}

async function takeInEvent(deps: ControllerDeps, event: HostEvent): Promise<boolean> {
  const { what } = await deps.database.transaction((q) => applyEvent(q, event, deps.clock.now()))
  deps.log(what)
  return event.kind === 'running' || event.kind === 'released'
}

/** A holder's own orders exclude each other too, so the order is part of the name. */
const hostLock = (deps: ControllerDeps, host: Host, order: number) => ({
  name: `host:${host.id}`,
  holder: `${deps.holder}/${order}`,
  ttlMs: LEASE_MS,
  waitMs: HOST_LOCK_WAIT_MS,
})

function journalOf(deps: ControllerDeps): OrderPorts['journal'] {
  const { database, clock, holder } = deps
  return {
    load: (order) => loadJournal(database.kysely, order.id),
    loadDeploy: async (release) => {
      const orders = await listOrders(database.kysely, { vm: release.vm })
      const deploy = orders.find(({ order }) => order.kind === 'deploy' && order.epoch === release.epoch)
      return deploy ? loadJournal(database.kysely, deploy.order.id) : []
    },
    append: (order, entry) =>
      database.transaction((q) => appendJournal(q, order.id, holder, entry, clock.now())),
  }
}
