/** When a host's agent counts as silent, now. */
import { type Hearing, SILENT_AFTER_MS } from '../lifecycle/agents.ts'
import type { ApiDeps } from './ports.ts'

export function hearingOf({ now, silentAfterMs = SILENT_AFTER_MS }: ApiDeps): Hearing {
  return { now: now(), silentAfterMs }
}
