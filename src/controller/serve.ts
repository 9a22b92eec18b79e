/** The loops of `berth serve`: a cycle at each interval, at once again where one freed something, until told to stop. */
import { BerthError } from '../model/errors.ts'
import { runCycle } from './cycle.ts'
import { withLease } from './lease.ts'
import type { ControllerDeps } from './ports.ts'

/** The lease that tells the command line that orders are carried out elsewhere. */
export const SERVE_LEASE = 'serve'
const LEASE_MS = 30_000

/**
 * Runs until `stop` is aborted; the cycle under way is finished first. Conflict `lease-held` where another serve works on
 * the same database. A cycle that fails is logged and tried again at the next interval.
 */
export function serve(deps: ControllerDeps, intervalMs: number, stop: AbortSignal): Promise<void> {
  const lease = { name: SERVE_LEASE, holder: deps.holder, ttlMs: LEASE_MS, waitMs: 0 }
  return withLease(deps.database, deps.clock, lease, async () => {
    while (!stop.aborted) {
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
    if (!(error instanceof BerthError)) throw error
    deps.log(`cycle failed: ${error.message}`)
    return false
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    stop.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
