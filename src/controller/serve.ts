/** The loops of `berth serve`: a cycle at each interval, at once again where an order has ended, until told to stop. */
import { findLease } from '../database/leases.ts'
import { createAlarm } from './alarm.ts'
import { newsOf, prepareCycle } from './cycle.ts'
import { createDispatcher, type Dispatcher } from './dispatch.ts'
import { told } from './failure.ts'
import { type LeaseRequest, withLease } from './lease.ts'
import type { ControllerDeps } from './ports.ts'

/** The lease that tells the command line that orders are carried out elsewhere. */
export const SERVE_LEASE = 'serve'
/** A `serve` that was killed keeps the next one waiting that long; one that runs shows it within a third of it. */
const LEASE_MS = 15_000

/**
 * Runs until `stop` is aborted; the cycle and the orders under way are finished first. Conflict `lease-held` where another serve works on
 * the same database, `lease-lost` where one took over. A cycle that fails is logged and tried again at the next interval.
 */
export async function serve(deps: ControllerDeps, intervalMs: number, stop: AbortSignal): Promise<void> {
  const { database, clock, holder } = deps
  const other = await findLease(database.kysely, SERVE_LEASE, clock.now())
  if (other) deps.log(`waiting to see whether another serve (${other.holder}) is alive`)
  const lease: LeaseRequest = {
    ...{ name: SERVE_LEASE, holder, ttlMs: LEASE_MS, waitMs: 2 * LEASE_MS, onlyForSilent: true },
    refusal: (present) => `another serve (${present}) works on ${database.location}; one is enough`,
  }
  await withLease(database, clock, lease, async (stillOurs) => {
    const alarm = createAlarm(stop)
    // What was carried out may have freed devices: the pending VMs are looked at at once.
    const dispatcher = createDispatcher(deps, alarm.ring)
    try {
      while (!stop.aborted) {
        await stillOurs()
        await oneCycle(deps, dispatcher)
        await alarm.sleep(intervalMs)
      }
    } finally {
      await dispatcher.idle()
    }
  })
}

/** Orders are begun and not waited for: a guest that takes its time to shut down keeps no other VM from being placed. */
async function oneCycle(deps: ControllerDeps, dispatcher: Dispatcher): Promise<void> {
  try {
    const prepared = await prepareCycle(deps)
    void dispatcher.dispatch(prepared.hosts.map(({ id }) => id))
    for (const line of newsOf(prepared)) deps.log(line)
  } catch (error) {
    deps.log(`cycle failed: ${told(error)}`)
  }
}
