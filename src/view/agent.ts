/** A host's agent as people see it: has it joined, is it heard. */
import type { HostAgentView } from './documents.ts'
import { isoTime } from './time.ts'

/** What is stored of it; times in ms since the epoch. */
export interface AgentFacts {
  readonly joinedAt: number
  readonly version: string | null
  readonly heardAt: number | null
  readonly compared: boolean
}

/** `facts` null = none has joined. */
export function agentView(
  facts: AgentFacts | null,
  { now, silentAfterMs }: { readonly now: number; readonly silentAfterMs: number },
): HostAgentView {
  if (facts === null)
    return { joinedAt: null, version: null, heardAt: null, silentSeconds: null, compared: false }
  const { joinedAt, version, heardAt, compared } = facts
  const quiet = now - (heardAt ?? joinedAt)
  return {
    joinedAt: isoTime(joinedAt),
    version,
    heardAt: isoTime(heardAt),
    silentSeconds: quiet >= silentAfterMs ? Math.floor(quiet / 1000) : null,
    compared,
  }
}
