/** What is known of a host's agent: is it heard, and is what runs on its host known, so that VMs can be placed there? */
import { findAgent, type StoredAgent } from '../database/agents.ts'
import type { Queries } from '../database/tables.ts'
import { CommandFailed } from '../model/errors.ts'
import type { Host } from '../model/host.ts'

/** Where nobody says otherwise. */
export const SILENT_AFTER_MS = 60_000

/** When a host counts as silent. */
export interface Hearing {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly silentAfterMs: number
}

export function isHeard(agent: StoredAgent | null, { now, silentAfterMs }: Hearing): boolean {
  return agent !== null && agent.heardAt !== null && agent.heardAt > now - silentAfterMs
}

/** Why it is not heard, in words. */
export function silence(agent: StoredAgent | null): string {
  if (agent === null) return 'no agent has joined for it yet'
  if (agent.heardAt === null) return 'its agent has joined, and was not heard yet'
  return `its agent was last heard at ${new Date(agent.heardAt).toISOString().replace(/\.\d+/, '')}`
}

/** Why the host gets no VMs, whatever they want (invariant 10); null = it is heard, and was compared since it came back. */
export function whyNotCompared(
  { failure }: Pick<Host, 'failure'>,
  agent: StoredAgent | null,
  hearing: Hearing,
): string | null {
  if (agent === null || !isHeard(agent, hearing)) return silence(agent)
  if (failure !== null) return failure
  return agent.compared
    ? null
    : 'its agent has not sent a whole report since it, or the controller, came back'
}

/** Throws CommandFailed `agent-silent`: nothing can be asked of the host now. */
export async function requireHeard(
  q: Queries,
  { id, name }: Pick<Host, 'id' | 'name'>,
  hearing: Hearing,
): Promise<void> {
  const agent = await findAgent(q, id)
  if (isHeard(agent, hearing)) return
  throw new CommandFailed(
    'agent-silent',
    `host ${name} cannot be asked: ${silence(agent)}; see \`systemctl status berth-agent\` on it`,
    { host: id },
  )
}
