/** Hosts whose agents are not heard any more: their VMs are UNKNOWN, and they get none until they were compared anew. */
import { listNewlySilent, updateAgent } from '../database/agents.ts'
import { getHost } from '../database/hosts.ts'
import { silence } from '../lifecycle/agents.ts'
import { markSilent } from '../lifecycle/compare.ts'
import { type ControllerDeps, hearingOf } from './ports.ts'

/** A tick later than that: this program slept, and could not hear anybody. */
const SLEPT_MS = 5000
const TICK_MS = 1000

export interface Listener {
  /** This program is awake. Call it every second or so, whatever else is being done: a long cycle is no sleep. */
  tick(): void
  /** Marks hosts that have been silent for too long. A tick, too. Gives what a log should say. */
  check(): Promise<readonly string[]>
}

/**
 * Silence counts from when this program began to listen: before, agents had nobody to talk to (the door is the `serve`'s), as
 * while it was suspended.
 */
export function createListener(deps: ControllerDeps): Listener {
  let listening = deps.clock.now()
  let last = listening
  const tick = (): void => {
    const now = deps.clock.now()
    if (now - last > SLEPT_MS || now < last) listening = now
    last = now
  }
  return {
    tick,
    check: async () => {
      tick()
      const { now, silentAfterMs } = hearingOf(deps)
      return now - listening < silentAfterMs ? [] : markSilentHosts(deps, now - silentAfterMs)
    },
  }
}

/** Ticks beside everything else, until `stop`. */
export function keepTicking(listener: Listener): { stop(): void } {
  const timer = setInterval(() => listener.tick(), TICK_MS)
  return { stop: () => clearInterval(timer) }
}

async function markSilentHosts(deps: ControllerDeps, since: number): Promise<readonly string[]> {
  const { database, clock } = deps
  const found = await listNewlySilent(database.kysely, since)
  const lines: string[] = []
  for (const { host } of found) {
    const line = await database.transaction(async (q) => {
      // It may have been heard meanwhile.
      const agent = (await listNewlySilent(q, since)).find((one) => one.host === host)
      if (agent === undefined) return null
      const { name, failure } = await getHost(q, host)
      await updateAgent(q, host, { compared: false })
      // What was wrong before it fell silent is the better hint.
      const why = failure ?? silence(agent)
      const vms = await markSilent(q, host, why, clock.now())
      return `host ${name} is silent: ${silence(agent)}${vms.length === 0 ? '' : `; UNKNOWN: VM ${vms.join(', ')}`}`
    })
    if (line !== null) lines.push(line)
  }
  return lines
}
