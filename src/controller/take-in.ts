/** What one report of a host changes, however it came here: inventory, wishes and reservations, domains compared (invariant 10). */
import type { Tx } from '../database/tables.ts'
import { ingest } from '../inventory/ingest.ts'
import { restoreReservations } from '../lifecycle/bind.ts'
import { type ComparisonTimes, compareDomains, markSilent } from '../lifecycle/compare.ts'
import { restoreWishes } from '../lifecycle/sriov.ts'
import type { Host } from '../model/host.ts'
import type { HostReport } from '../model/report.ts'

export interface TakenIn {
  /** Null = the host is compared; else why it is not. */
  readonly failure: string | null
  /** What a log should say of it: only what was not so before. */
  readonly news: readonly string[]
}

export interface TakeInTimes extends ComparisonTimes {
  /** What the probe said last without failing: why domains are not known. */
  readonly warning: string | undefined
}

/** The report is consistent. All in the caller's transaction. */
export async function takeIn(
  q: Tx,
  cluster: string,
  host: Host,
  report: HostReport,
  { observedAt, now, warning }: TakeInTimes,
): Promise<TakenIn> {
  const { newBoot } = await ingest(q, cluster, host.id, report, now)
  const { domains } = report
  if (domains === null) return silent(q, host, warning ?? 'its running domains are not known', now)
  if (newBoot) await restoreReservations(q, host.id, now)
  await restoreWishes(q, host.id, now)
  const changes = await compareDomains(q, host.id, domains, { observedAt, now })
  const news = changes.map(({ vm, from, to }) => `VM ${vm}: ${from} -> ${to} (host ${host.name})`)
  return { failure: null, news }
}

/** The host gets no placements, its running VMs are UNKNOWN and keep their devices. `host` = as it was before. */
export async function silent(q: Tx, host: Host, why: string, now: number): Promise<TakenIn> {
  await markSilent(q, host.id, why, now)
  return { failure: why, news: host.failure === why ? [] : [`host ${host.name}: ${why}`] }
}
