/** The loops of `berth serve`: a cycle at each interval, at once again where one freed something, until told to stop. */
import { findLease } from '../database/leases.ts'
import { runCycle } from './cycle.ts'
import { told } from './failure.ts'
import { type LeaseRequest, withLease } from './lease.ts'
import type { ControllerDeps } from './ports.ts'

/** The lease that tells the command line that orders are carried out elsewhere. */
export const SERVE_LEASE = 'serve'
/** A `serve` that was killed keeps the next one waiting that long; one that runs shows it within a third of it. */
const LEASE_MS = 15_000

/**
 * Runs until `stop` is aborted; the cycle under way is finished first. Conflict `lease-held` where another serve works on
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
    while (!stop.aborted) {
      await stillOurs()
      const again = await oneCycle(deps)
      if (!again) await pause(intervalMs, stop)
    }
  })
}

/** True = orders were carried out, so devices may be free again: look at the pending VMs at once. */
async function oneCycle(deps: ControllerDeps): Promise<boolean> {
  try {
    const { summary, news } = await runCycle(deps)
    for (const line of news) deps.log(line)
    return summary.ordersDone > 0
  } catch (error) {
    deps.log(`cycle failed: ${told(error)}`)
    return false
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    stop.addEventListener('abort', end)
    if (stop.aborted) end()
  })
}
