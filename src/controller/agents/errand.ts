/** Something that a host's agent is asked for, and its answer waited for. */
import { findErrand, insertErrand } from '../../database/errands.ts'
import { requireHeard } from '../../lifecycle/agents.ts'
import type { ErrandKind } from '../../model/agent-protocol.ts'
import { CommandFailed } from '../../model/errors.ts'
import type { Host } from '../../model/host.ts'
import { type ControllerDeps, hearingOf } from '../ports.ts'

/** Who asks may be at the end of a connection that waits half a minute. */
const ANSWERED_MS = 25_000
const LOOK_MS = 100

/** Gives the answer, any JSON. CommandFailed `agent-silent`, `errand-failed` with the reason, `errand-unanswered`. */
export async function runErrand(
  deps: ControllerDeps,
  host: Host,
  kind: Exclude<ErrandKind, 'prepare'>,
): Promise<unknown> {
  const { database, clock } = deps
  const id = await database.transaction(async (q) => {
    await requireHeard(q, host, hearingOf(deps))
    return insertErrand(q, host.id, { kind, body: null }, clock.now())
  })
  for (const end = clock.now() + ANSWERED_MS; clock.now() <= end; await clock.sleep(LOOK_MS)) {
    const errand = await findErrand(database.kysely, id)
    if (errand?.state === 'done') return errand.answer
    if (errand?.state === 'failed')
      throw new CommandFailed('errand-failed', `${host.name}: ${words(errand.answer)}`, {
        host: host.id,
        kind,
      })
  }
  throw new CommandFailed(
    'errand-unanswered',
    `host ${host.name} has not answered in ${ANSWERED_MS / 1000} s; its agent's log says what it is at`,
    { host: host.id, kind },
  )
}

const words = (answer: unknown): string => (typeof answer === 'string' ? answer : JSON.stringify(answer))
