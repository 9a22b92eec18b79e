/** When which probe is due: in its own period, sooner where somebody asks. */
import { PROBE_KINDS, type ProbeKind } from './passes.ts'

export interface Schedule {
  /** At `at` (monotonic, ms), not later than it would be anyway. `now` = somebody waits for it: see `idle`. */
  ask(kinds: readonly ProbeKind[], at: number, now: boolean): void
  /** Not before `at`, unless it is asked for. */
  set(kind: ProbeKind, at: number): void
  due(now: number): readonly ProbeKind[]
  next(): number
  /** These run from now until `end`. */
  begin(kinds: readonly ProbeKind[]): void
  /** `forGood`: none runs any more. */
  end(forGood: boolean): void
  /** Resolves when none runs and none is waited for. */
  idle(): Promise<void>
}

/** All are due at once at first. */
export function createSchedule(): Schedule {
  const due = new Map<ProbeKind, number>(PROBE_KINDS.map((kind) => [kind, 0]))
  const wanted = new Set<ProbeKind>(PROBE_KINDS)
  let state: 'resting' | 'running' | 'ended' = 'resting'
  let waiting: (() => void)[] = []
  const isIdle = () => state === 'ended' || (state === 'resting' && wanted.size === 0)
  return {
    ask: (kinds, at, now) => {
      for (const kind of kinds) {
        due.set(kind, Math.min(due.get(kind) ?? at, at))
        if (now) wanted.add(kind)
      }
    },
    set: (kind, at) => void due.set(kind, at),
    due: (now) => PROBE_KINDS.filter((kind) => (due.get(kind) ?? 0) <= now),
    next: () => Math.min(...due.values()),
    begin: (kinds) => {
      state = 'running'
      for (const kind of kinds) wanted.delete(kind)
    },
    end: (forGood) => {
      state = forGood ? 'ended' : 'resting'
      if (!isIdle()) return
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    idle: () => (isIdle() ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  }
}
