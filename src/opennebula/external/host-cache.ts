/** Hosts kept for a short while: OpenNebula's scheduler asks in cycles, sometimes several times in a row. */
import type { Host } from '../xml/host.ts'

/** Hosts that are older are asked for again before they are used. */
const FRESH_MS = 5000
/** Where OpenNebula does not answer, older ones do for so long: its core checks every placement itself. */
const USABLE_MS = 60_000

export interface HostCache {
  /** Rejects where there is neither an answer nor anything usable. */
  hosts(): Promise<readonly Host[]>
}

/** `now` in milliseconds; `log` is told of a failure that old hosts bridge. */
export function hostCache(
  fetchHosts: () => Promise<readonly Host[]>,
  now: () => number,
  log: (line: string) => void,
): HostCache {
  let known: { readonly hosts: readonly Host[]; readonly at: number } | null = null
  let asking: Promise<readonly Host[]> | null = null
  const ask = async (): Promise<readonly Host[]> => {
    const hosts = await fetchHosts()
    known = { hosts, at: now() }
    return hosts
  }
  return {
    async hosts() {
      if (known !== null && now() - known.at < FRESH_MS) return known.hosts
      asking ??= ask().finally(() => {
        asking = null
      })
      try {
        return await asking
      } catch (error) {
        if (known === null || now() - known.at > USABLE_MS) throw error
        log(`${error instanceof Error ? error.message : String(error)}; the hosts of before are used`)
        return known.hosts
      }
    },
  }
}
