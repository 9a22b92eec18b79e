/** The first half of a cycle: every enabled host is probed, its report taken in, its domains compared (invariant 10). */
import { listHosts, updateHost } from '../database/hosts.ts'
import { ingestReport } from '../inventory/ingest.ts'
import { compareDomains, markSilent } from '../lifecycle/compare.ts'
import { BerthError } from '../model/errors.ts'
import type { Host } from '../model/host.ts'
import type { ControllerDeps } from './ports.ts'

export interface Intake {
  /** Hosts whose report and domains were taken in: only these get placements in this cycle. */
  readonly compared: readonly number[]
  readonly failed: readonly { readonly host: number; readonly message: string }[]
}

/** Probes the hosts side by side. One that fails is marked with the reason and keeps nobody else waiting. */
export async function takeInReports(
  deps: ControllerDeps,
  only: readonly number[] | null = null,
): Promise<Intake> {
  const hosts = await listHosts(deps.database.kysely)
  const wanted = only === null ? hosts : hosts.filter((host) => only.includes(host.id))
  const outcomes = await Promise.all(
    wanted.map(async (host) => ({ host, failure: await takeInReport(deps, host) })),
  )
  return {
    compared: outcomes.filter(({ failure }) => failure === null).map(({ host }) => host.id),
    failed: outcomes.flatMap(({ host, failure }) =>
      failure === null ? [] : [{ host: host.id, message: failure }],
    ),
  }
}

/** Null = taken in; else why not, in one line. Nothing of a report that cannot be used is kept. */
async function takeInReport(deps: ControllerDeps, host: Host): Promise<string | null> {
  const observedAt = deps.clock.now()
  try {
    const agent = await deps.connect(host)
    const report = await agent.report(host.filter)
    await ingestReport(deps.database, host.id, report, deps.clock.now())
    if (report.domains === null)
      return await silent(deps, host, 'libvirt does not answer, so its domains are not known')
    const domains = report.domains
    const { changes } = await deps.database.transaction((q) =>
      compareDomains(q, host.id, domains, { observedAt, now: deps.clock.now() }),
    )
    for (const change of changes)
      deps.log(`VM ${change.vm}: ${change.from} -> ${change.to} (host ${host.name})`)
    return null
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return silent(deps, host, error.message)
  }
}

/** The host gets no placements, its running VMs are UNKNOWN and keep their devices. */
async function silent(deps: ControllerDeps, host: Host, why: string): Promise<string> {
  if (host.failure !== why) deps.log(`host ${host.name}: ${why}`)
  await deps.database.transaction(async (q) => {
    await updateHost(q, host.id, { failure: why })
    await markSilent(q, host.id, why, deps.clock.now())
  })
  return why
}
