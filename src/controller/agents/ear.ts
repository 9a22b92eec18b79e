/** When each agent was heard last: a thousand heartbeats become one transaction a second. */

import { told } from '../../agent/told.ts'
import { markHeard } from '../../database/agents.ts'
import type { ControllerDeps } from '../ports.ts'

export interface Ear {
  heard(host: number): void
  /** Now, what was heard since the last time. */
  write(): Promise<void>
}

const WRITE_MS = 1000

export function createEar(deps: Pick<ControllerDeps, 'database' | 'clock' | 'log'>): Ear {
  const { database, clock, log } = deps
  let heard = new Map<number, number>()
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> = Promise.resolve()
  const write = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (heard.size === 0) return writing
    const seconds = bySecond(heard)
    heard = new Map()
    const save = () =>
      database.transaction(async (q) => {
        for (const [at, hosts] of seconds) await markHeard(q, hosts, at)
      })
    // One that is lost is made up for by the next heartbeat.
    writing = writing.then(save).catch((error) => log(`heartbeats could not be written down: ${told(error)}`))
    return writing
  }
  return {
    heard: (host) => {
      heard.set(host, clock.now())
      timer ??= setTimeout(write, WRITE_MS).unref()
    },
    write,
  }
}

/** Hosts by when they were heard, to the second: one statement for all of the same. */
function bySecond(heard: ReadonlyMap<number, number>): ReadonlyMap<number, readonly number[]> {
  const seconds = new Map<number, number[]>()
  for (const [host, at] of heard) {
    const second = at - (at % 1000)
    const hosts = seconds.get(second)
    if (hosts) hosts.push(host)
    else seconds.set(second, [host])
  }
  return seconds
}
