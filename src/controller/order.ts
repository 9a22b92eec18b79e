/** One order: taken with a lease, handed to the host's agent, and its event taken in. */
import type { OrderPorts } from '../agent/agent.ts'
import { told } from '../agent/told.ts'
import { applyEvent } from '../lifecycle/events.ts'
import { Conflict } from '../model/errors.ts'
import type { HostEvent } from '../model/event.ts'
import type { Host } from '../model/host.ts'
import { type Order, orderFields, orderSubject } from '../model/order.ts'
import { appendJournal, loadGivingJournals, loadJournal } from '../orders/journal.ts'
import { renewOrder, takeOrder } from '../orders/take.ts'
import { type LeaseRequest, withLease } from './lease.ts'
import type { ControllerDeps } from './ports.ts'
import { keepUp, type StillOurs } from './tenure.ts'

/** How long a silent holder keeps an order, or a host's lock. Renewed every third of it. */
const LEASE_MS = 60_000
const WELL: ReadonlySet<HostEvent['kind']> = new Set([
  'running',
  'released',
  'attached',
  'detached',
  'bound',
  'vfs-set',
])
/** Another program's deploy may take its time before this one gets the host. */
const HOST_LOCK_WAIT_MS = 600_000

/** True = the host did what it was told; false = it did not, and the log says why; null = it was not to be had. Never rejects. */
export async function carryOutOrder(deps: ControllerDeps, host: Host, order: Order): Promise<boolean | null> {
  try {
    const now = deps.clock.now()
    const lease = { holder: deps.holder, until: now + LEASE_MS }
    const taken = await deps.database.transaction((q) => takeOrder(q, order.id, lease, now))
    return taken && (await carryOutTaken(deps, host, taken.order, now))
  } catch (error) {
    deps.log(
      `${orderSubject(order)} on ${host.name}: ${order.kind} order ${order.id} stopped: ${told(error)}`,
      fieldsOf(order, host),
    )
    return false
  }
}

/** An order that could not be ended keeps its lease until that runs out. */
async function carryOutTaken(
  deps: ControllerDeps,
  host: Host,
  order: Order,
  takenAt: number,
): Promise<boolean> {
  const { database, clock } = deps
  const tenure = keepUp({
    ...{ clock, ttlMs: LEASE_MS, takenAt },
    renew: () => {
      const lease = { holder: deps.holder, until: clock.now() + LEASE_MS }
      return database.transaction((q) => renewOrder(q, order.id, lease))
    },
    lost: () => orderLost(order, deps.holder),
  })
  let lockIsOurs: StillOurs = async () => {}
  try {
    const agent = await deps.connect(host)
    const event = await agent.carryOut(order, {
      journal: journalOf(deps),
      clock,
      lock: (work) =>
        withLease(database, clock, hostLock(deps, host, order.id), (stillOurs) => {
          lockIsOurs = stillOurs
          return work()
        }),
      stillOurs: async () => {
        await tenure.stillOurs()
        await lockIsOurs()
      },
      onStep: (text) => deps.log(`${orderSubject(order)} on ${host.name}: ${text}`, fieldsOf(order, host)),
    })
    await tenure.stillOurs()
    return await takeInEvent(deps, event)
  } finally {
    await tenure.end()
  }
}

const fieldsOf = (order: Order, host: Host) => ({
  host: host.name,
  ...orderFields(order),
})

async function takeInEvent(deps: ControllerDeps, event: HostEvent): Promise<boolean> {
  const { what } = await deps.database.transaction((q) => applyEvent(q, event, deps.clock.now()))
  deps.log(what, { order: event.order, host: event.host, ...('vm' in event && { vm: event.vm }) })
  return WELL.has(event.kind)
}

function orderLost(order: Order, holder: string): Conflict {
  return new Conflict(
    'order-lost',
    `order ${order.id} was taken over by another process while this one was not heard of`,
    { order: order.id, holder },
  )
}

/** A holder's own orders exclude each other too, so the order is part of the name. */
const hostLock = (deps: ControllerDeps, host: Host, order: number): LeaseRequest => ({
  name: `host:${host.id}`,
  holder: `${deps.holder}/${order}`,
  ttlMs: LEASE_MS,
  waitMs: HOST_LOCK_WAIT_MS,
  refusal: (holder) =>
    `host ${host.name} has been worked on by ${holder} for ${HOST_LOCK_WAIT_MS / 60_000} minutes; tried again later`,
})

function journalOf(deps: ControllerDeps): OrderPorts['journal'] {
  const { database, clock, holder } = deps
  return {
    load: (order) => loadJournal(database.kysely, order.id),
    loadGiving: (order) => loadGivingJournals(database.kysely, order),
    append: (order, entry) =>
      database.transaction((q) => appendJournal(q, order.id, holder, entry, clock.now())),
  }
}
