/** The agent that may speak now: whoever said hello last. Read in the transaction of what it says. */
import { findAgent, type StoredAgent } from '../../database/agents.ts'
import type { Queries } from '../../database/tables.ts'
import { Conflict } from '../../model/errors.ts'

/** Conflict `agent-superseded`; its facts say who is present: `present`, an incarnation or null, heard last at `heardAt`. */
export async function presentAgent(q: Queries, host: number, incarnation: string): Promise<StoredAgent> {
  const agent = await findAgent(q, host)
  if (agent !== null && agent.incarnation === incarnation) return agent
  throw new Conflict(
    'agent-superseded',
    'another agent of this host has said hello since, or none has: only the one that said it last may speak',
    { host, incarnation, present: agent?.incarnation ?? null, heardAt: agent?.heardAt ?? null },
  )
}

/** Who holds orders: another program on the same host takes them over. */
export const holderOf = (host: number, incarnation: string): string => `${holderPrefix(host)}${incarnation}`

export const holderPrefix = (host: number): string => `agent:${host}/`
