/** The settings that the agent works by: the controller's, kept on disk for starts without it. */
import { type AgentSettings, DEFAULT_PERIODS } from '../model/agent-protocol.ts'
import { readSettings } from './answers.ts'
import { digest } from './digest.ts'
import { readFact, type Store, writeFact } from './memory/open.ts'

export interface Settings {
  now(): AgentSettings
  /** What the controller compares: SHA-256 of the JSON as it came. */
  hash(): string
  /** True = they are others than before. */
  take(settings: AgentSettings): boolean
}

export const SETTINGS_FACT = 'settings'

export function createSettings(store: Store): Settings {
  let kept = readFact(store, SETTINGS_FACT)
  let settings: AgentSettings = (kept === null ? null : readSettings(JSON.parse(kept))) ?? {
    filter: null,
    periods: DEFAULT_PERIODS,
  }
  return {
    now: () => settings,
    hash: () => digest(JSON.stringify(settings)),
    take: (given) => {
      const text = JSON.stringify(given)
      const changed = text !== JSON.stringify(settings)
      if (text !== kept) writeFact(store, SETTINGS_FACT, text)
      kept = text
      settings = given
      return changed
    },
  }
}
