/** What an agent works by, as an operator set it, and how it is told apart from what it had. */
import { createHash } from 'node:crypto'
import { type AgentSettings, DEFAULT_PERIODS } from '../../model/agent-protocol.ts'
import type { Host } from '../../model/host.ts'

export function settingsOf({ filter, periods }: Pick<Host, 'filter' | 'periods'>): AgentSettings {
  const { devices, domains, capacity, readiness } = { ...DEFAULT_PERIODS, ...periods }
  return { filter, periods: { devices, domains, capacity, readiness } }
}

/** SHA-256 of its JSON, hex. */
export function settingsHash(settings: AgentSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex')
}
