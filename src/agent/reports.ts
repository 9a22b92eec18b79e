/** Reports to the controller: what changed since it took one in, all where it has another base, nothing where all is as it was. */
import { REPORT_SECTIONS, type ReportSection, type ReportUpdate } from '../model/agent-protocol.ts'
import type { ControllerClock } from './controller-clock.ts'
import { digestOf } from './digest.ts'
import type { Link, Refused, Unreachable } from './link.ts'
import type { Picture } from './picture.ts'
import type { AgentDeps } from './ports.ts'

/** `hello` = the controller counts otherwise: it is to be greeted anew. Null = told, or nothing to tell. */
export type SendFailure = Refused | Unreachable | { readonly kind: 'hello' }

export interface Reports {
  send(picture: Picture | null): Promise<SendFailure | null>
  /** Everything is to be sent, whatever the controller has. */
  forget(): void
  /** A report is to go out even where nothing changed, once the domains were looked at again at or after `at` (monotonic). */
  confirm(at: number): void
}

const SEND_TIMEOUT_MS = 120_000
const MOST_WARNINGS = 1000
/** What the controller takes; it would cut the connection. */
const LONGEST = 16 * 1024 * 1024

export function createReports(
  deps: Pick<AgentDeps, 'clock' | 'timing' | 'incarnation' | 'log'>,
  link: Link,
  controllerClock: ControllerClock,
): Reports {
  const { clock, timing, incarnation, log } = deps
  let known: Partial<Record<ReportSection, string>> = {}
  let number = 0
  let confirmAt: number | null = null
  let refused: { readonly hashes: string; readonly until: number; readonly message: string } | null = null

  const update = (picture: Picture, changed: readonly ReportSection[], observedAt: number): ReportUpdate => ({
    ...{ incarnation, number: ++number, observedAt, host: picture.host, bootId: picture.bootId },
    sections: Object.fromEntries(changed.map((name) => [name, picture.sections[name]])),
    ...{ hashes: picture.hashes, warnings: picture.warnings.slice(-MOST_WARNINGS) },
  })

  /** Nothing of it was taken in, and the same again would not be either: the host goes on, and tells again later. */
  const notTaken = (picture: Picture, { message }: Pick<Refused, 'message'>): null => {
    if (refused?.message !== message) log(`the controller does not take this host's report in: ${message}`)
    const hashes = digestOf(picture.hashes)
    refused = { hashes, until: clock.monotonic() + timing.deniedPause, message }
    return null
  }

  const put = async (picture: Picture, again: boolean): Promise<SendFailure | null> => {
    const changed = REPORT_SECTIONS.filter((name) => known[name] !== picture.hashes[name])
    const due = confirmAt !== null && picture.observedAt >= confirmAt
    const observedAt = controllerClock.timeOf(picture.observedAt)
    if ((changed.length === 0 && !due) || observedAt === null) return null
    const body = update(picture, changed, observedAt)
    const size = Buffer.byteLength(JSON.stringify(body))
    if (size > LONGEST) return notTaken(picture, { message: `it has ${size} bytes, more than ${LONGEST}` })
    const answer = await link.call('PUT', 'report', body, { timeoutMs: SEND_TIMEOUT_MS })
    if (answer.kind === 'unreachable') return answer
    if (answer.kind === 'ok') {
      known = { ...picture.hashes }
      if (due) confirmAt = null
      if (refused !== null) log("the controller takes this host's report in again")
      refused = null
      return null
    }
    if (answer.code === 'report-base-unknown' && !again) {
      known = {}
      return put(picture, true)
    }
    if (answer.code === 'report-replayed') return { kind: 'hello' }
    if (answer.denied || answer.status === 409 || answer.status === 429) return answer
    return notTaken(picture, answer)
  }

  return {
    send: async (picture) => {
      if (picture === null) return null
      const same = refused !== null && refused.hashes === digestOf(picture.hashes)
      if (same && refused !== null && clock.monotonic() < refused.until) return null
      return put(picture, false)
    },
    forget: () => {
      known = {}
    },
    confirm: (at) => {
      confirmAt = Math.max(confirmAt ?? at, at)
    },
  }
}
