/** The probes as they run on a host, each in its period or at once; what they see is kept as a picture. */
import { readBootId, readHostName } from '../../probes/host-identity.ts'
import { createAlarm } from './alarm.ts'
import { createPasses, type ProbeKind } from './passes.ts'
import { createPieces, type Picture } from './picture.ts'
import type { AgentDeps } from './ports.ts'
import { createSchedule } from './schedule.ts'
import type { Settings } from './settings.ts'
import { told } from './told.ts'
import { createTroubles } from './troubles.ts'

export interface Probes {
  /** To run now, or in that many milliseconds; not later than they would anyway. */
  ask(kinds: readonly ProbeKind[], inMs?: number): void
  /** Resolves when none runs and none is asked for now. */
  idle(): Promise<void>
  /** Null = not every piece was probed yet. */
  picture(): Picture | null
  /** Why there is no picture; null = there is one, or none was tried for yet. */
  trouble(): string | null
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
  const { access, clock, timing } = deps
  const passes = createPasses(access, clock.monotonic)
  const pieces = createPieces()
  const schedule = createSchedule()
  const troubles = createTroubles(deps.log)
  let ring: () => void = () => {}
  const ask: Probes['ask'] = (kinds, inMs = 0) => {
    schedule.ask(kinds, clock.monotonic() + inMs, inMs === 0)
    ring()
  }

  /** True = something is not as it was. */
  const runOne = async (kind: ProbeKind): Promise<boolean> => {
    const warnings: string[] = []
    const { filter, periods } = settings.now()
    const period = periods[kind] * 1000
    const started = clock.monotonic()
    schedule.set(kind, started + period)
    try {
      const found = await passes.run(kind, filter, (message) => warnings.push(message))
      const mended = troubles.note(kind, warnings, null)
      return pieces.put(found) || mended
    } catch (error) {
      schedule.set(kind, started + Math.min(period, AGAIN_MS))
      return troubles.note(kind, warnings, told(error))
    }
  }

  const runDue = async (kinds: readonly ProbeKind[]): Promise<void> => {
    const silentBefore = passes.silence()
    const atDevices = kinds.includes('devices')
    // A pass over the devices asks for the domains, too.
    for (const kind of kinds.filter((kind) => kind !== 'domains' || !atDevices)) {
      const changed = await runOne(kind)
      if (kind === 'devices')
        schedule.set('domains', clock.monotonic() + settings.now().periods.domains * 1000)
      // Somebody's domain took or gave back devices: what they are on, and who has them open, is another now.
      if (kind === 'domains' && changed) ask(['devices'], timing.settle)
    }
    if (passes.silence() !== silentBefore) ask(['readiness'])
    looked(atDevices)
  }

  const picture = (): Picture | null => {
    const whole = pieces.all(troubles.failure() !== null)
    if (whole === null) return null
    const { proc } = access
    return {
      ...{ host: readHostName(proc), bootId: readBootId(proc), observedAt: passes.observedAt() },
      ...{ ...whole, warnings: troubles.all() },
    }
  }

  return {
    ...{ ask, picture, idle: schedule.idle },
    trouble: () => (picture() === null ? troubles.failure() : null),
    run: async (stop) => {
      const alarm = createAlarm(stop)
      ring = alarm.ring
      while (!stop.aborted) {
        const now = clock.monotonic()
        const kinds = schedule.due(now)
        if (kinds.length === 0) await alarm.sleep(schedule.next() - now)
        else {
          schedule.begin()
          await runDue(kinds)
          schedule.end(false)
        }
      }
      schedule.end(true)
    },
  }
}
