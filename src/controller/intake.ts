/** The first half of a cycle: every host is probed, its report taken in, its domains compared (invariant 10). */
import { listHosts } from '../database/hosts.ts'
import { ingestReport } from '../inventory/ingest.ts'
import { restoreReservations } from '../lifecycle/bind.ts'
import { compareDomains, markSilent } from '../lifecycle/compare.ts'
import { restoreWishes } from '../lifecycle/sriov.ts'
import { BerthError } from '../model/errors.ts'
import type { Host } from '../model/host.ts'
import { told } from './failure.ts'
import type { ControllerDeps } from './ports.ts'

export interface Intake {
  /** Hosts whose report and domains were taken in: only these get placements in this cycle. */
  readonly compared: readonly number[]
  readonly failed: readonly { readonly host: number; readonly message: string }[]
  /** What a log should say of it: only what was not so before. */
  readonly news: readonly string[]
}

interface Outcome {
  readonly host: Host
  /** Null = taken in; else why not, in one line. */
  readonly failure: string | null
  readonly news: readonly string[]
}

/** Probes the hosts side by side. One that fails is marked with the reason and keeps nobody else waiting. */
export async function takeInReports(
  deps: ControllerDeps,
  only: readonly number[] | null = null,
): Promise<Intake> {
  const hosts = await listHosts(deps.database.kysely)
  const wanted = only === null ? hosts : hosts.filter((host) => only.includes(host.id))
  const outcomes = await Promise.all(wanted.map((host) => takeInReport(deps, host)))
  return {
    compared: outcomes.filter(({ failure }) => failure === null).map(({ host }) => host.id),
    failed: outcomes.flatMap(({ host, failure }) =>
      failure === null ? [] : [{ host: host.id, message: failure }],
    ),
    news: outcomes.flatMap(({ news }) => news),
  }
}

/** Nothing of a report that cannot be used is kept. */
async function takeInReport(deps: ControllerDeps, host: Host): Promise<Outcome> {
  const observedAt = deps.clock.now()
  const warnings: string[] = []
  try {
    const agent = await deps.connect(host)
    const report = await agent.report(host.filter, (message) => warnings.push(message))
    const { newBoot } = await ingestReport(deps.database, host.id, report, deps.clock.now())
    const { domains } = report
    if (domains === null)
      return await silent(deps, host, warnings.at(-1) ?? 'its running domains are not known')
    const changes = await deps.database.transaction(async (q) => {
      const now = deps.clock.now()
      if (newBoot) await restoreReservations(q, host.id, now)
      await restoreWishes(q, host.id, now)
      return compareDomains(q, host.id, domains, { observedAt, now })
    })
    const news = changes.map(({ vm, from, to }) => `VM ${vm}: ${from} -> ${to} (host ${host.name})`)
    return { host, failure: null, news }
  } catch (error) {
    // A defect that one host's files bring to light must not keep the others from being served.
    if (!(error instanceof BerthError))
      deps.log(`probe of host ${host.name}: ${told(error)}`, { host: host.name })
    return silent(deps, host, error instanceof Error ? error.message : String(error))
  }
}

/** The host gets no placements, its running VMs are UNKNOWN and keep their devices. */
async function silent(deps: ControllerDeps, host: Host, why: string): Promise<Outcome> {
  await deps.database.transaction((q) => markSilent(q, host.id, why, deps.clock.now()))
  return { host, failure: why, news: host.failure === why ? [] : [`host ${host.name}: ${why}`] }
}
