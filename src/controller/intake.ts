/** The first half of a cycle: every host is probed, its report taken in, its domains compared (invariant 10); agents do so by themselves. */

import { told } from '../agent/told.ts'
import { listAgents } from '../database/agents.ts'
import { listHosts } from '../database/hosts.ts'
import { requireConsistent } from '../inventory/contradictions.ts'
import { whyNotCompared } from '../lifecycle/agents.ts'
import { BerthError } from '../model/errors.ts'
import type { Host } from '../model/host.ts'
import { type ControllerDeps, hearingOf } from './ports.ts'
import { silent, type TakenIn, takeIn } from './take-in.ts'

export interface Intake {
  /** Hosts whose report and domains were taken in: only these get placements in this cycle. */
  readonly compared: readonly number[]
  readonly failed: readonly { readonly host: number; readonly message: string }[]
  /** What a log should say of it: only what was not so before. */
  readonly news: readonly string[]
}

interface Outcome extends TakenIn {
  readonly host: Host
}

/**
 * Probes the hosts side by side. One that fails is marked with the reason and keeps nobody else waiting. Of hosts behind agents
 * the last report counts, where that is to be trusted.
 */
export async function takeInReports(
  deps: ControllerDeps,
  only: readonly number[] | null = null,
): Promise<Intake> {
  const hosts = await listHosts(deps.database.kysely)
  const wanted = only === null ? hosts : hosts.filter((host) => only.includes(host.id))
  const told = await toldByAgents(
    deps,
    wanted.filter(({ agent }) => agent),
  )
  const probed = await Promise.all(
    wanted.filter(({ agent }) => !agent).map((host) => takeInReport(deps, host)),
  )
  const outcomes = [...probed, ...told].sort((a, b) => a.host.id - b.host.id)
  return {
    compared: outcomes.filter(({ failure }) => failure === null).map(({ host }) => host.id),
    failed: outcomes.flatMap(({ host, failure }) =>
      failure === null ? [] : [{ host: host.id, message: failure }],
    ),
    news: outcomes.flatMap(({ news }) => news),
  }
}

/** What became of their reports was told when they came. */
export async function toldByAgents(deps: ControllerDeps, hosts: readonly Host[]): Promise<Outcome[]> {
  if (hosts.length === 0) return []
  const hearing = hearingOf(deps)
  const agents = new Map((await listAgents(deps.database.kysely)).map((agent) => [agent.host, agent]))
  return hosts.map((host) => ({
    host,
    failure: whyNotCompared(host, agents.get(host.id) ?? null, hearing),
    news: [],
  }))
}

/** Nothing of a report that cannot be used is kept. */
async function takeInReport(deps: ControllerDeps, host: Host): Promise<Outcome> {
  const { database, clock } = deps
  const observedAt = clock.now()
  const warnings: string[] = []
  try {
    const agent = await deps.connect(host)
    const report = await agent.report(host.filter, (message) => warnings.push(message))
    requireConsistent(report)
    const taken = await database.transaction((q) => {
      const times = { observedAt, now: clock.now(), warning: warnings.at(-1) }
      return takeIn(q, database.cluster, host, report, times)
    })
    return { host, ...taken }
  } catch (error) {
    // A defect that one host's files bring to light must not keep the others from being served.
    if (!(error instanceof BerthError))
      deps.log(`probe of host ${host.name}: ${told(error)}`, { host: host.name })
    const why = error instanceof Error ? error.message : String(error)
    return { host, ...(await database.transaction((q) => silent(q, host, why, clock.now()))) }
  }
}
