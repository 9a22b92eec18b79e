/** One cycle: probe, compare, plan, commit, carry out orders, take in events. */
import { listHosts } from '../database/hosts.ts'
import type { CycleSummary } from '../view/documents.ts'
import { dispatchOrders } from './dispatch.ts'
import { takeInReports } from './intake.ts'
import type { ControllerDeps } from './ports.ts'
import { schedulePending } from './schedule.ts'

export async function runCycle(deps: ControllerDeps): Promise<CycleSummary> {
  const intake = await takeInReports(deps)
  const { placed, waiting } = await schedulePending(deps, intake.compared)
  const hosts = (await listHosts(deps.database.kysely)).map(({ id }) => id)
  const orders = await dispatchOrders(deps, hosts)
  return {
    probed: intake.compared,
    failed: intake.failed,
    placed: placed.map(({ vm, host, devices }) => ({
      vm,
      host,
      devices: devices.map(({ address }) => address),
    })),
    waiting,
    ordersDone: orders.done,
    ordersFailed: orders.failed,
  }
}
