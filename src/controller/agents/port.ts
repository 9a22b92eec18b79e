/** The controller's end of the conversation with agents, as the door hands it on: who asks was found out before. */

import { told } from '../../agent/told.ts'
import { createChangesHub } from '../../database/changes-hub.ts'
import type {
  Hello,
  HelloAnswer,
  MessagesAnswer,
  MessagesRequest,
  PollAnswer,
  PollRequest,
  ReportUpdate,
} from '../../model/agent-protocol.ts'
import type { ControllerDeps } from '../ports.ts'
import { createBells } from './bells.ts'
import { createEar } from './ear.ts'
import { takeInHello } from './hello.ts'
import { takeInMessages } from './messages.ts'
import { poll } from './poll.ts'
import { takeInUpdate } from './report.ts'

/** `host` is the id of the host whose agent it is. All throw Conflict `agent-superseded`, where another one said hello since. */
export interface AgentPort {
  /** Conflict `order-number-implausible`. */
  hello(host: number, hello: Hello): Promise<HelloAnswer>
  /** Conflict `report-replayed`, `report-base-unknown`; CorruptReport: nothing was taken in, and the host's failure says why. */
  report(host: number, update: ReportUpdate): Promise<void>
  /** InvalidInput `messages-out-of-order`. */
  messages(host: number, request: MessagesRequest): Promise<MessagesAnswer>
  /** Answers when there is something, the wait is over, or `gone` is aborted: nobody waits for the answer any more. */
  poll(host: number, request: PollRequest, gone?: AbortSignal): Promise<PollAnswer>
  /** What was heard last is written down now, and not in a second. */
  settle(): Promise<void>
  /** Whoever waits gets an answer; the database is not used any more when it resolves. Before the door is closed. */
  close(): Promise<void>
}

/** One for a process. */
export function createAgentPort(deps: ControllerDeps): AgentPort {
  const ear = createEar(deps)
  const hub = createChangesHub(deps.database, {
    onError: (error) => deps.log(`looking for changes failed: ${told(error)}`),
  })
  const bells = createBells(hub)
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()
  const untilClosed = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work)
    const forget = () => underWay.delete(work)
    work.then(forget, forget)
    return work
  }
  return {
    hello: (host, hello) => takeInHello(deps, host, hello),
    report: async (host, update) => {
      ear.heard(host)
      await takeInUpdate(deps, host, update)
    },
    messages: (host, request) => {
      ear.heard(host)
      return takeInMessages(deps, host, request)
    },
    poll: async (host, request, gone) => {
      ear.heard(host)
      const { signal, letGo } = eitherOf(closing.signal, gone)
      return untilClosed(poll(deps, bells, host, request, signal).finally(letGo))
    },
    settle: () => ear.write(),
    close: async () => {
      closing.abort()
      await Promise.allSettled(underWay)
      await hub.close()
      await ear.write()
    },
  }
}

/** Aborted with one of them. Not AbortSignal.any: with Node 20 one that lives long keeps a trace of each that followed it, for ever. */
function eitherOf(...signals: readonly (AbortSignal | undefined)[]): { signal: AbortSignal; letGo(): void } {
  const either = new AbortController()
  const abort = () => either.abort()
  if (signals.some((signal) => signal?.aborted)) abort()
  for (const signal of signals) signal?.addEventListener('abort', abort)
  const letGo = () => {
    for (const signal of signals) signal?.removeEventListener('abort', abort)
  }
  return { signal: either.signal, letGo }
}
