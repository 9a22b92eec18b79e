/** When each agent was heard last: a thousand heartbeats become one transaction a second. */
import { markHeard } from '../../database/agents.ts'
import { told } from '../failure.ts'
import type { ControllerDeps } from '../ports.ts'

export interface Ear {
  heard(host: number): void
  close(): Promise<void>
}

const WRITE_MS = 1000

export function createEar(deps: Pick<ControllerDeps, 'database' | 'clock' | 'log'>): Ear {
  const { database, clock, log } = deps
  let heard = new Set<number>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()
  const write = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const hosts = [...heard]
    heard = new Set()
    if (hosts.length === 0) return writing
    const now = clock.now()
    // One that is lost is made up for by the next heartbeat.
    writing = writing
      .then(() => database.transaction((q) => markHeard(q, hosts, now)))
      .catch((error) => log(`heartbeats could not be written down: ${told(error)}`))
    return writing
  }
  return {
    heard: (host) => {
      heard.add(host)
      timer ??= setTimeout(write, WRITE_MS).unref()
    },
    close: write,
  }
}
