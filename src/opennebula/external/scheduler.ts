/** One cycle of the External Scheduler: a request in, hosts looked up, an answer out; and what is worth telling, told once. */
import { oneLine } from '../placement/message.ts'
import { type Placement, planPools, type Remark } from '../placement/plan.ts'
import type { Policy } from '../policy.ts'
import type { Host } from '../xml/host.ts'
import type { Vm } from '../xml/vm.ts'
import { newsTeller } from './news.ts'
import { replyTo } from './reply.ts'
import { readRequest } from './request.ts'

/** Throws what readRequest and `hosts` throw. OpenNebula has no place for messages, so that they go to the log. */
export function externalScheduler(
  policy: Policy,
  hosts: () => Promise<readonly Host[]>,
  log: (line: string) => void,
): (body: string) => Promise<string> {
  const tell = newsTeller(log)
  return async (body) => {
    const { vms, allowed, unclear } = readRequest(body)
    const pools = { vms, allowed, hosts: await hosts(), datastores: null, networks: [], groups: [] }
    const plan = planPools(pools, policy)
    const { body: answer, leftOut } = replyTo(exactOnesFirst(plan.placements, vms))
    const remarks = [...plan.warnings, ...[...plan.waiting, ...unclear].map(leftToOpenNebula)]
    tell(remarks.map(({ vm, message }) => ({ vm, message: oneLine(message) })))
    if (leftOut > 0)
      log(`${leftOut} placements have no room in the answer: OpenNebula places these VMs itself`)
    return answer
  }
}

/** VMs with PCI blocks, then the others, which OpenNebula places as well, should there be no room for all. */
function exactOnesFirst(placements: readonly Placement[], vms: readonly Vm[]): readonly Placement[] {
  const withPci = new Set(vms.flatMap(({ id, pci }) => (pci.length > 0 ? [id] : [])))
  return [
    ...placements.filter(({ vm }) => withPci.has(vm)),
    ...placements.filter(({ vm }) => !withPci.has(vm)),
  ]
}

/** There is no way to tell OpenNebula that a VM must wait. */
function leftToOpenNebula({ vm, message }: Remark): Remark {
  return {
    vm,
    message: `left to OpenNebula's own choice of host: ${message.replace(/^Cannot dispatch VM: /, '')}`,
  }
}
