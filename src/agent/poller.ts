/** The one question that an agent asks again and again: what is there to do? The controller waits with its answer; it is the heartbeat. */
import type { AgentSettings, PollAnswer, PollRequest } from '../model/agent-protocol.ts'
import { createAlarm } from './alarm.ts'
import { readPoll } from './answers.ts'
import type { Errands } from './errands.ts'
import type { Greeting } from './greeting.ts'
import type { Link } from './link.ts'
import type { Orders } from './orders.ts'
import type { AgentDeps } from './ports.ts'
import { createRetry } from './retry.ts'
import type { Settings } from './settings.ts'
import { told } from './told.ts'

export interface PollHooks {
  readonly orders: Orders
  readonly errands: Errands
  readonly settings: Settings
  /** Why there is no report to send; null = there is one. */
  trouble(): string | null
  /** What the controller's clock shows. */
  heard(now: number): void
  /** True = they are others than before. */
  applySettings(settings: AgentSettings): boolean
  /** Everything is to be looked at and sent now. */
  full(): void
}

export interface Poller {
  /** The controller answers again: the next try does not wait. */
  hurry(): void
  /** Until `stop`, which cuts the question under way short. */
  run(stop: AbortSignal): Promise<void>
}

/** Beyond what it waits at the controller. */
const GRACE_MS = 20_000
/** Of words that the controller takes. */
const LONGEST_TROUBLE = 2000

export function createPoller(
  deps: Pick<AgentDeps, 'incarnation' | 'clock' | 'timing' | 'log'>,
  { link, greeting }: { readonly link: Link; readonly greeting: Greeting },
  hooks: PollHooks,
): Poller {
  const { incarnation, clock, timing, log } = deps
  const retry = createRetry(timing)
  let hurry: () => void = () => {}

  const question = (): PollRequest => ({
    incarnation,
    orders: hooks.orders.present(),
    errands: hooks.errands.present(),
    settings: hooks.settings.hash(),
    wait: hooks.orders.waits() ? 0 : timing.poll / 1000,
    trouble: hooks.trouble()?.slice(0, LONGEST_TROUBLE) ?? null,
  })

  /** True = it brought something. */
  const takeIn = ({ now, settings, orders, ended = [], errands, full }: PollAnswer): boolean => {
    hooks.heard(now)
    if (full) hooks.full()
    hooks.orders.answered(ended)
    const news = [
      ...(settings === null ? [] : [hooks.applySettings(settings)]),
      ...orders.map((handed) => hooks.orders.take(handed)),
      ...errands.map((errand) => hooks.errands.take(errand)),
    ]
    return news.includes(true)
  }

  /** Milliseconds until the next question. */
  const ask = async (stop: AbortSignal): Promise<number> => {
    const failure = await greeting.ensure()
    if (failure !== null) return retry.after(failure)
    const started = clock.monotonic()
    const timeoutMs = timing.poll + GRACE_MS
    const answer = await link.call('POST', 'poll', question(), { timeoutMs, signal: stop })
    if (stop.aborted) return 0
    if (answer.kind !== 'ok') return retry.after(answer)
    const news = takeIn(readPoll(answer.body))
    retry.reset()
    return news ? 0 : started + timing.breath - clock.monotonic()
  }

  return {
    hurry: () => hurry(),
    run: async (stop) => {
      const alarm = createAlarm(stop)
      hurry = alarm.ring
      while (!stop.aborted) {
        let pause = timing.longestPause
        try {
          pause = await ask(stop)
        } catch (error) {
          log(`asking the controller failed: ${told(error)}`)
        }
        if (pause > 0) await alarm.sleep(pause)
      }
    },
  }
}
