/** One cycle: probe, compare, plan, commit, carry out orders, take in events. */
import { listHosts } from '../database/hosts.ts'
import type { CycleSummary } from '../view/documents.ts'
import { dispatchOrders } from './dispatch.ts'
import { takeInReports } from './intake.ts'
import type { ControllerDeps } from './ports.ts'
import { schedulePending } from './schedule.ts'

export interface Cycle {
  readonly summary: CycleSummary
  /** What was not so before: a log says it once, not in every cycle. */
  readonly news: readonly string[]
}

/** What was asked of running VMs is carried out even where planning fails; that failure is thrown afterwards. */
export async function runCycle(deps: ControllerDeps): Promise<Cycle> {
  const intake = await takeInReports(deps)
  const [scheduled] = await Promise.allSettled([schedulePending(deps, intake.compared)])
  const hosts = await listHosts(deps.database.kysely)
  const orders = await dispatchOrders(
    deps,
    hosts.map(({ id }) => id),
  )
  if (scheduled.status === 'rejected') throw scheduled.reason
  const { placed, waiting, news } = scheduled.value
  const names = new Map(hosts.map(({ id, name }) => [id, name]))
  const summary: CycleSummary = {
    probed: intake.compared,
    failed: intake.failed,
    placed: placed.map(({ vm, host, devices }) => ({
      vm,
      host,
      hostName: names.get(host) ?? String(host),
      devices: devices.map(({ address }) => address),
    })),
    waiting,
    ordersDone: orders.done,
    ordersFailed: orders.failed,
  }
  return { summary, news: [...intake.news, ...news] }
}
