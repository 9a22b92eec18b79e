/** One cycle of the External Scheduler: a request in, hosts looked up, an answer out; and what is worth telling, told once. */
import { planPools, type Remark } from '../placement/plan.ts'
import type { Policy } from '../policy.ts'
import type { Host } from '../xml/host.ts'
import { replyTo } from './reply.ts'
import { readRequest } from './request.ts'

/** Throws what readRequest and `hosts` throw. OpenNebula has no place for messages, so that they go to the log. */
export function externalScheduler(
  policy: Policy,
  hosts: () => Promise<readonly Host[]>,
  log: (line: string) => void,
): (body: string) => Promise<string> {
  const tell = newsOnly(log)
  return async (body) => {
    const { vms, allowed, unclear } = readRequest(body)
    const pools = { vms, allowed, hosts: await hosts(), datastores: null, networks: [], groups: [] }
    const plan = planPools(pools, policy)
    const waiting = [...plan.waiting, ...unclear]
    const { body: answer, leftOut } = replyTo({ placements: plan.placements, waiting })
    tell([...plan.warnings, ...waiting])
    if (leftOut > 0) log(`${leftOut} placements have no room in the answer and wait for the next cycle`)
    return answer
  }
}

/** The same VM waits for the same reason cycle after cycle: that is said once. */
function newsOnly(log: (line: string) => void): (remarks: readonly Remark[]) => void {
  let before: ReadonlySet<string> = new Set()
  return (remarks) => {
    const lines = remarks.map(({ vm, message }) => `VM ${vm}: ${message}`)
    for (const line of lines) if (!before.has(line)) log(line)
    before = new Set(lines)
  }
}
