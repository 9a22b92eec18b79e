/** What goes to the controller: the picture of the host first, then what was done, so that no event is newer than the picture there. */
import { createAlarm } from './alarm.ts'
import type { Greeting } from './greeting.ts'
import { newestMessage } from './memory/outbox.ts'
import type { Messages } from './messages.ts'
import type { AgentDeps } from './ports.ts'
import type { Probes } from './probes.ts'
import type { Reports, SendFailure } from './reports.ts'
import { createRetry } from './retry.ts'
import { told } from './told.ts'

export interface Sender {
  /** There is something to tell. */
  ring(): void
  /** The controller answers again: what waits for its next try does not. */
  hurry(): void
  /** One try to tell everything, now. */
  flush(): Promise<void>
  /** Until `stop`. */
  run(stop: AbortSignal): Promise<void>
}

export interface Telling {
  readonly greeting: Greeting
  readonly probes: Probes
  readonly reports: Reports
  readonly messages: Messages
}

/** A report that does not get through keeps what was done back that often, and not for ever: an event is good without it. */
const REPORT_TRIES = 5
/** Nothing of its own to tell: it only sees to it that a failure is made up for. */
const IDLE_MS = 3_600_000

export function createSender(
  deps: Pick<AgentDeps, 'store' | 'timing' | 'log'>,
  { greeting, probes, reports, messages }: Telling,
): Sender {
  const retry = createRetry(deps.timing)
  let ring: () => void = () => {}
  let hurry: () => void = () => {}
  let before: Promise<unknown> = Promise.resolve()
  let unreported = 0

  /** Messages that came after the probes were last waited for belong to the next round. */
  const round = async (): Promise<SendFailure | null> => {
    const upTo = newestMessage(deps.store)
    await probes.idle()
    const unknown = await greeting.ensure()
    if (unknown !== null) return unknown
    const failure = await reports.send(probes.picture())
    unreported = failure === null ? 0 : unreported + 1
    if (failure !== null && unreported < REPORT_TRIES) return failure
    return (await messages.send(upTo)) ?? failure
  }

  /** Milliseconds until the next try; null = all was told. One round at a time. */
  const inTurn = (): Promise<number | null> => {
    const work = before.then(async () => {
      try {
        const failure = await round()
        if (failure === null) retry.reset()
        if (failure?.kind === 'hello') greeting.forget()
        return failure === null ? null : retry.after(failure.kind === 'hello' ? UNCLEAR : failure)
      } catch (error) {
        deps.log(`telling the controller failed: ${told(error)}`)
        return retry.after(UNCLEAR)
      }
    })
    before = work
    return work
  }

  return {
    ring: () => ring(),
    hurry: () => hurry(),
    flush: async () => void (await inTurn()),
    run: async (stop) => {
      const alarm = createAlarm(stop)
      const patience = createAlarm(stop)
      ring = alarm.ring
      hurry = patience.ring
      while (!stop.aborted) {
        const pause = await inTurn()
        // What rings meanwhile waits, too: an agent that cannot tell one thing does not hammer with all.
        if (pause !== null) await patience.sleep(pause)
        else await alarm.sleep(newestMessage(deps.store) > 0 ? deps.timing.breath : IDLE_MS)
      }
    },
  }
}

const UNCLEAR = { kind: 'unreachable' } as const
