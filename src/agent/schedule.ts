/** When which probe is due: in its own period, sooner where somebody asks. */
import { PROBE_KINDS, type ProbeKind } from './passes.ts'

export interface Schedule {
  /** At `at` (monotonic, ms), not later than it would be anyway. `now` = it is due, and `idle` waits for it. */
  ask(kinds: readonly ProbeKind[], at: number, now: boolean): void
  /** Not before `at`, unless it is asked for. */
  set(kind: ProbeKind, at: number): void
  due(now: number): readonly ProbeKind[]
  next(): number
  /** What is due runs from now until `end`. */
  begin(): void
  /** `forGood`: none runs any more. */
  end(forGood: boolean): void
  /** Resolves when what runs, and what was asked for now, has run; what is asked for later is not waited for. */
  idle(): Promise<void>
}

/** All are due at once at first. */
export function createSchedule(): Schedule {
  const due = new Map<ProbeKind, number>(PROBE_KINDS.map((kind) => [kind, 0]))
  /** Counts what was asked for; up to where a run that has ended, and the one that runs, has it. */
  let asked = 1
  let running = 0
  let done = 0
  let waiting: readonly { readonly upTo: number; readonly wake: () => void }[] = []
  return {
    ask: (kinds, at, now) => {
      for (const kind of kinds) {
        due.set(kind, Math.min(due.get(kind) ?? at, at))
      }
      if (now) asked++
    },
    set: (kind, at) => void due.set(kind, at),
    due: (now) => PROBE_KINDS.filter((kind) => (due.get(kind) ?? 0) <= now),
    next: () => Math.min(...due.values()),
    begin: () => {
      running = ++asked
    },
    end: (forGood) => {
      done = forGood ? Number.POSITIVE_INFINITY : running
      const woken = waiting.filter(({ upTo }) => upTo <= done)
      waiting = waiting.filter(({ upTo }) => upTo > done)
      for (const { wake } of woken) wake()
    },
    idle: async () => {
      const upTo = asked
      if (upTo > done) await new Promise<void>((wake) => (waiting = [...waiting, { upTo, wake }]))
    },
  }
}
