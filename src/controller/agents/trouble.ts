/** A host whose agent cannot look at it, and so has nothing to report: the controller knows why, and not only that nothing comes. */
import { getHost } from '../../database/hosts.ts'
import type { PollRequest } from '../../model/agent-protocol.ts'
import type { ControllerDeps } from '../ports.ts'
import { silent } from '../take-in.ts'
import { presentAgent } from './present.ts'

/** The host's failure from then on, until a report is taken in. Conflict `agent-superseded`. */
export async function noteTrouble(
  { database, clock, log }: ControllerDeps,
  id: number,
  { incarnation, trouble = null }: PollRequest,
): Promise<void> {
  if (trouble === null) return
  // Told with every question; what is known changes nothing.
  if ((await getHost(database.kysely, id)).failure === trouble) return
  const news = await database.transaction(async (q) => {
    const agent = await presentAgent(q, id, incarnation)
    if (agent.compared) return []
    return (await silent(q, await getHost(q, id), trouble, clock.now())).news
  })
  for (const line of news) log(line)
}
