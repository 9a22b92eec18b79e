/** The loops of `berth serve`: a cycle at each interval, a plan as soon as something changes, until told to stop. */
import { forgetComparisons } from '../database/agents.ts'
import { findLease } from '../database/leases.ts'
import { Conflict } from '../model/errors.ts'
import { createDispatcher } from './dispatch.ts'
import { type LeaseRequest, withLease } from './lease.ts'
import { createLoop } from './loop.ts'
import type { ControllerDeps } from './ports.ts'
import type { StillOurs } from './tenure.ts'

/** The lease that tells the command line that orders are carried out elsewhere. */
export const SERVE_LEASE = 'serve'
/** A `serve` that was killed keeps the next one waiting that long; one that runs shows it within a third of it. */
const LEASE_MS = 15_000

/**
 * Runs until `stop` is aborted; the cycle and the orders under way are finished first. A cycle that fails is logged and tried again at
 * the next interval. Where another serve works on the same database this one stands by on PostgreSQL; on SQLite: Conflict
 * `lease-held`, and `lease-lost` where one took over.
 */
export async function serve(deps: ControllerDeps, intervalMs: number, stop: AbortSignal): Promise<void> {
  const { database, log } = deps
  if (database.dialect === 'sqlite') return serveNow(deps, intervalMs, stop)
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()))
  for (let said = false; !stop.aborted; ) {
    try {
      await serveNow(deps, intervalMs, stop)
      said = false
    } catch (error) {
      if (!(error instanceof Conflict) || !STAND_BY.has(error.code)) throw error
      if (!said) log(`standing by: ${error.message}`)
      said = true
      await Promise.race([deps.clock.sleep(LEASE_MS / 3), stopped])
    }
  }
}

const STAND_BY: ReadonlySet<string> = new Set(['lease-held', 'lease-lost'])

async function serveNow(deps: ControllerDeps, intervalMs: number, stop: AbortSignal): Promise<void> {
  const { database, clock, holder } = deps
  const other = await findLease(database.kysely, SERVE_LEASE, clock.now())
  if (other && database.dialect === 'sqlite')
    deps.log(`waiting to see whether another serve (${other.holder}) is alive`)
  const lease: LeaseRequest = {
    ...{ name: SERVE_LEASE, holder, ttlMs: LEASE_MS, waitMs: 2 * LEASE_MS, onlyForSilent: true },
    refusal: (present) => `another serve (${present}) works on ${database.location}; one is enough`,
  }
  await withLease(database, clock, lease, (stillOurs) => loops(deps, intervalMs, stop, stillOurs))
}

/** What runs on hosts behind agents is not known: this database may be an older copy (invariant 10). */
async function loops(
  deps: ControllerDeps,
  intervalMs: number,
  stop: AbortSignal,
  stillOurs: StillOurs,
): Promise<void> {
  await deps.database.transaction(forgetComparisons)
  const loop = createLoop(deps, intervalMs, stop)
  // What was carried out may have freed devices: the pending VMs are looked at at once.
  const dispatcher = createDispatcher(deps, loop.cycleSoon)
  try {
    await loop.run(dispatcher, stillOurs)
  } finally {
    await dispatcher.idle()
  }
}
