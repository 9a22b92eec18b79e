/** When which probe runs: each in its own period, and at once where somebody asks; what they see is kept as a picture. */
import { readBootId, readHostName } from '../../probes/host-identity.ts'
import { createAlarm } from './alarm.ts'
import { createPasses, PROBE_KINDS, type ProbeKind } from './passes.ts'
import { createPieces, type Picture } from './picture.ts'
import type { AgentDeps } from './ports.ts'
import type { Settings } from './settings.ts'
import { told } from './told.ts'

export interface Probes {
  /** To run now, or in that many milliseconds; not later than they would anyway. */
  ask(kinds: readonly ProbeKind[], inMs?: number): void
  /** Resolves when none runs and none is asked for now. */
  idle(): Promise<void>
  /** Null = not every piece was probed yet. */
  picture(): Picture | null
  /** Until `stop`. */
  run(stop: AbortSignal): Promise<void>
}

/** A probe that fails is tried again that soon. */
const AGAIN_MS = 30_000

/** `looked` hears of every pass, and whether the devices were part of it. */
export function createProbes(
  deps: Pick<AgentDeps, 'access' | 'clock' | 'timing' | 'log'>,
  settings: Settings,
  looked: (atDevices: boolean) => void,
): Probes {
  const { access, clock, timing, log } = deps
  const passes = createPasses(access, clock.monotonic)
  const pieces = createPieces()
  const due = new Map<ProbeKind, number>(PROBE_KINDS.map((kind) => [kind, 0]))
  const warnings = new Map<ProbeKind, readonly string[]>()
  const failures = new Map<ProbeKind, string>()
  const wanted = new Set<ProbeKind>(PROBE_KINDS)
  let ring: () => void = () => {}
  let waiting: (() => void)[] = []
  let state: 'idle' | 'running' | 'ended' = 'idle'

  const settle = () => {
    if (state === 'running' || (state === 'idle' && wanted.size > 0)) return
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }
  const ask: Probes['ask'] = (kinds, inMs = 0) => {
    const at = clock.monotonic() + inMs
    for (const kind of kinds) {
      due.set(kind, Math.min(due.get(kind) ?? at, at))
      if (inMs === 0) wanted.add(kind)
    }
    ring()
  }

  const note = (kind: ProbeKind, heard: readonly string[], failure: string | null) => {
    const before = new Set([...(warnings.get(kind) ?? []), failures.get(kind)])
    warnings.set(kind, heard)
    if (failure === null) failures.delete(kind)
    else failures.set(kind, failure)
    for (const line of failure === null ? heard : [...heard, failure])
      if (!before.has(line)) log(`probe of ${kind}: ${line}`)
  }

  /** True = something is not as it was. */
  const runOne = async (kind: ProbeKind): Promise<boolean> => {
    const heard: string[] = []
    const failedBefore = failures.has(kind)
    const { filter, periods } = settings.now()
    const started = clock.monotonic()
    due.set(kind, started + periods[kind] * 1000)
    try {
      const found = await passes.run(kind, filter, (message) => heard.push(message))
      note(kind, heard, null)
      return pieces.put(found) || failedBefore
    } catch (error) {
      due.set(kind, started + Math.min(periods[kind] * 1000, AGAIN_MS))
      note(kind, heard, told(error))
      return !failedBefore
    }
  }

  const runDue = async (kinds: readonly ProbeKind[]): Promise<void> => {
    const silentBefore = passes.silence()
    // A pass over the devices asks for the domains, too.
    for (const kind of kinds.filter((kind) => kind !== 'domains' || !kinds.includes('devices'))) {
      const different = await runOne(kind)
      if (kind === 'devices') due.set('domains', clock.monotonic() + settings.now().periods.domains * 1000)
      // Somebody's domain took or gave back devices: what they are on, and who has them open, is another now.
      if (kind === 'domains' && different) ask(['devices'], timing.settle)
    }
    if (passes.silence() !== silentBefore) ask(['readiness'])
    looked(kinds.includes('devices'))
  }

  return {
    ask,
    idle: () =>
      state === 'ended' || (state === 'idle' && wanted.size === 0)
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push(resolve)),
    picture: () => {
      const [failure] = failures.values()
      const whole = pieces.all(failure !== undefined)
      if (whole === null) return null
      // What the domains' probe says comes last: it is the reason where they are not known.
      const heard = (['capacity', 'readiness', 'devices', 'domains'] as const).flatMap(
        (kind) => warnings.get(kind) ?? [],
      )
      return {
        ...{ host: readHostName(access.proc), bootId: readBootId(access.proc) },
        observedAt: passes.observedAt(),
        ...whole,
        warnings: failure === undefined ? heard : [...heard, failure],
      }
    },
    run: async (stop) => {
      const alarm = createAlarm(stop)
      ring = alarm.ring
      while (!stop.aborted) {
        const now = clock.monotonic()
        const kinds = PROBE_KINDS.filter((kind) => (due.get(kind) ?? 0) <= now)
        if (kinds.length === 0) {
          await alarm.sleep(Math.min(...due.values()) - now)
          continue
        }
        for (const kind of kinds) wanted.delete(kind)
        state = 'running'
        await runDue(kinds)
        state = 'idle'
        settle()
      }
      state = 'ended'
      settle()
    },
  }
}
