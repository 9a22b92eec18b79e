/** An agent asks what there is to do: orders are taken for it and handed over with their journals, or it waits. */
import type { StoredAgent } from '../../database/agents.ts'
import { listWaitingErrands } from '../../database/errands.ts'
import { getHost } from '../../database/hosts.ts'
import { listOrders, type StoredOrder } from '../../database/orders.ts'
import { isHeard } from '../../lifecycle/agents.ts'
import type { HandedOrder, PollAnswer, PollRequest } from '../../model/agent-protocol.ts'
import type { Host } from '../../model/host.ts'
import { type ControllerDeps, hearingOf } from '../ports.ts'
import type { Bells } from './bells.ts'
import { endedWithout, handOver, isToHand } from './hand-over.ts'
import { presentAgent } from './present.ts'
import { settingsHash, settingsOf } from './settings.ts'
import { noteTrouble } from './trouble.ts'

const LONGEST_MS = 30_000
/** Until it has done what settings and `full` say it asks in short intervals, and not at once again. */
const PAUSE_MS = 1000
/** What was wrong with its last report will not have mended so soon. */
const FAILED_PAUSE_MS = 10_000

/** Conflict `agent-superseded`. `gone`: nobody waits for the answer any more. */
export async function poll(
  deps: ControllerDeps,
  bells: Bells,
  host: number,
  request: PollRequest,
  gone?: AbortSignal,
): Promise<PollAnswer> {
  const { clock } = deps
  const begun = clock.now()
  await noteTrouble(deps, host, request)
  const longest = Math.min(request.wait * 1000, LONGEST_MS, hearingOf(deps).silentAfterMs / 3)
  const bell = await bells.hang(host)
  try {
    let found = await look(deps, host, request)
    const { pause } = found
    for (;;) {
      const { answer } = found
      const until = begun + Math.min(longest, found.soon ? pause : longest)
      const now = clock.now()
      if (answer.orders.length > 0 || answer.errands.length > 0 || now >= until || gone?.aborted)
        return { ...answer, now }
      const rang = await bell.wait(Math.min(until, found.due ?? until) - now, gone)
      if (rang || found.due !== null) found = await look(deps, host, request)
    }
  } finally {
    bell.takeDown()
  }
}

interface Found {
  readonly answer: PollAnswer
  /** It is to be told soon, although nothing waits for it. */
  readonly soon: boolean
  /** Until it is told so, and then again. */
  readonly pause: number
  /** When the next order that was put off is to be looked at; null = none was. */
  readonly due: number | null
}

async function look(deps: ControllerDeps, id: number, request: PollRequest): Promise<Found> {
  const { database, clock } = deps
  const now = clock.now()
  const seen = await database.read(async (q) => ({
    agent: await presentAgent(q, id, request.incarnation),
    host: await getHost(q, id),
    open: await listOrders(q, { host: id, states: ['waiting', 'taken'] }),
    errands: await listWaitingErrands(q, id),
  }))
  const wanted = seen.open.some((order) => isToHand(order, id, request, now))
  const orders: readonly HandedOrder[] = wanted
    ? await database.transaction((q) => handOver(q, id, request, clock.now()))
    : []
  const settings = changedSettings(seen.host, request)
  const errands = seen.errands.filter((errand) => !request.errands.includes(errand.id))
  const full = !seen.agent.compared
  // What was handed over just now is no longer as it was read before.
  const told = new Set(orders.map(({ order }) => order.id))
  const ended = endedWithout(seen.open, id, request).filter((order) => !told.has(order))
  return {
    answer: {
      ...{ now: clock.now(), settings, orders, full },
      ...(ended.length > 0 && { ended }),
      errands: errands.map(({ id: errand, kind, body }) => ({ id: errand, kind, body })),
    },
    soon: full || settings !== null || ended.length > 0,
    pause: pauseFor(deps, seen.host, seen.agent),
    due: nextDue(seen.open, now),
  }
}

/** One that has been silent is asked for its report at once. */
function pauseFor(deps: ControllerDeps, { failure }: Host, agent: StoredAgent): number {
  return failure === null || !isHeard(agent, hearingOf(deps)) ? PAUSE_MS : FAILED_PAUSE_MS
}

function changedSettings(host: Host, request: PollRequest): PollAnswer['settings'] {
  const settings = settingsOf(host)
  return settingsHash(settings) === request.settings ? null : settings
}

function nextDue(open: readonly StoredOrder[], now: number): number | null {
  const later = open.flatMap(({ state, notBefore }) =>
    state === 'waiting' && notBefore > now ? [notBefore] : [],
  )
  return later.length === 0 ? null : Math.min(...later)
}
