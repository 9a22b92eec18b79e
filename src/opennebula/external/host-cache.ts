/** Hosts kept for a short while: OpenNebula's scheduler asks in cycles, sometimes several times in a row. */
import type { Host } from '../xml/host.ts'

/** Hosts that are older are asked for again before they are used. */
const FRESH_MS = 5000
/** Where OpenNebula does not answer, older ones do for so long: its core checks every placement itself. */
const USABLE_MS = 60_000

export interface HostCache {
  /**
   * Rejects where there is neither an answer nor anything usable. Once a call has failed, hosts that are still usable are given
   * at once, and OpenNebula is asked meanwhile: an API that hangs does not hold up every cycle.
   */
  hosts(): Promise<readonly Host[]>
}

interface Known {
  readonly hosts: readonly Host[]
  readonly at: number
}

/** `now` in milliseconds; `log` is told of a failure that old hosts bridge. */
export function hostCache(
  fetchHosts: () => Promise<readonly Host[]>,
  now: () => number,
  log: (line: string) => void,
): HostCache {
  let known: Known | null = null
  let hasFailed = false
  let asking: Promise<readonly Host[]> | null = null
  const usable = (most: number): readonly Host[] | null =>
    known !== null && now() - known.at <= most ? known.hosts : null
  const ask = async (): Promise<readonly Host[]> => {
    try {
      const hosts = await fetchHosts()
      known = { hosts, at: now() }
      hasFailed = false
      return hosts
    } catch (error) {
      hasFailed = true
      const old = usable(USABLE_MS)
      if (old === null) throw error
      log(`${error instanceof Error ? error.message : String(error)}; the hosts of before are used`)
      return old
    }
  }
  return {
    async hosts() {
      const fresh = usable(FRESH_MS - 1)
      if (fresh !== null) return fresh
      asking ??= ask().finally(() => {
        asking = null
      })
      const old = hasFailed ? usable(USABLE_MS) : null
      if (old === null) return asking
      // What becomes of it is told when it ends, or by the next call.
      asking.catch(() => undefined)
      return old
    },
  }
}
