/** What went wrong with the probes the last time: said once in the log, and told with every report. */
import type { ProbeKind } from './passes.ts'

export interface Troubles {
  /** What a probe said on its way, and why it failed (null = it did not). True = it fails now and did not before, or the other way. */
  note(kind: ProbeKind, warnings: readonly string[], failure: string | null): boolean
  /** Why one of them failed; null = none did. */
  failure(): string | null
  /** All that was said; why one failed, or why the domains are not known, is the last. */
  all(): readonly string[]
}

/** The domains' probe last: what it says is the reason where they are not known. */
const ORDER: readonly ProbeKind[] = ['capacity', 'readiness', 'devices', 'domains']

export function createTroubles(log: (line: string) => void): Troubles {
  const said = new Map<ProbeKind, readonly string[]>()
  const failures = new Map<ProbeKind, string>()
  const failure = (): string | null => [...failures.values()][0] ?? null
  return {
    failure,
    note: (kind, warnings, why) => {
      const before = new Set([...(said.get(kind) ?? []), failures.get(kind)])
      const failed = failures.has(kind)
      said.set(kind, warnings)
      if (why === null) failures.delete(kind)
      else failures.set(kind, why)
      for (const line of why === null ? warnings : [...warnings, why])
        if (!before.has(line)) log(`probe of ${kind}: ${line}`)
      return failed !== (why !== null)
    },
    all: () => {
      const last = failure()
      const lines = ORDER.flatMap((kind) => said.get(kind) ?? [])
      return last === null ? lines : [...lines, last]
    },
  }
}
