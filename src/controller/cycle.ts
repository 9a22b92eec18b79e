/** One cycle: probe, compare, plan, commit, carry out orders, take in events. */
import { listHosts } from '../database/hosts.ts'
import type { Host } from '../model/host.ts'
import type { CycleSummary } from '../view/documents.ts'
import { createDispatcher, type Dispatched } from './dispatch.ts'
import { type Intake, takeInReports } from './intake.ts'
import type { ControllerDeps } from './ports.ts'
import { type Scheduled, schedulePending } from './schedule.ts'

export interface Cycle {
  readonly summary: CycleSummary
  /** What was not so before: a log says it once, not in every cycle. */
  readonly news: readonly string[]
}

/** Up to the orders: these are written, and nothing is done about them yet. */
export interface Prepared {
  readonly hosts: readonly Host[]
  readonly intake: Intake
  /** What running VMs were asked for is to be carried out even where planning failed. */
  readonly scheduled: PromiseSettledResult<Scheduled>
}

export async function prepareCycle(deps: ControllerDeps): Promise<Prepared> {
  const intake = await timed(deps, 'intake', () => takeInReports(deps))
  const [scheduled] = await Promise.allSettled([
    timed(deps, 'schedule', () => schedulePending(deps, intake.compared)),
  ])
  return { hosts: await listHosts(deps.database.kysely), intake, scheduled }
}

/** What fails is told of in other ways. */
export async function timed<T>(
  { clock, observer }: ControllerDeps,
  part: 'intake' | 'schedule',
  work: () => Promise<T>,
): Promise<T> {
  const begun = clock.now()
  const result = await work()
  observer?.took(part, Math.max(0, clock.now() - begun) / 1000)
  return result
}

/** Ends with the last of its orders. Throws what planning threw, after them. */
export async function runCycle(deps: ControllerDeps): Promise<Cycle> {
  const prepared = await prepareCycle(deps)
  const orders = await createDispatcher(deps).dispatch(prepared.hosts.map(({ id }) => id))
  return { summary: summaryOf(prepared, orders), news: newsOf(prepared) }
}

/** Throws what planning threw. */
export function newsOf({ intake, scheduled }: Prepared): readonly string[] {
  return [...intake.news, ...planOf(scheduled).news]
}

function planOf(scheduled: PromiseSettledResult<Scheduled>): Scheduled {
  if (scheduled.status === 'rejected') throw scheduled.reason
  return scheduled.value
}

function summaryOf({ hosts, intake, scheduled }: Prepared, orders: Dispatched): CycleSummary {
  const { placed, waiting } = planOf(scheduled)
  const names = new Map(hosts.map(({ id, name }) => [id, name]))
  return {
    probed: intake.compared,
    failed: intake.failed,
    placed: placed.map(({ vm, host, devices, usb = [] }) => ({
      vm,
      host,
      hostName: names.get(host) ?? String(host),
      devices: devices.map(({ address }) => address),
      usb: usb.map(({ port }) => port),
    })),
    waiting,
    ordersDone: orders.done,
    ordersFailed: orders.failed,
  }
}
