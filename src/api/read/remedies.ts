/** What would have to change so that a VM could be placed: the scheduler's question, and the names that people know for its answer. */
import { judgeHosts } from '../../../scheduler/feasible/judge.ts'
import { type Remedies, remediesFor } from '../../../scheduler/remedy/remedies.ts'
import { listHostLines } from '../../database/hosts.ts'
import type { Queries } from '../../database/tables.ts'
import { listTenants, type TenantRow } from '../../database/vm-loads.ts'
import { groupBy } from '../../inventory/group-by.ts'
import { recordedState } from '../../model/host.ts'
import type { HostsRefusal, PendingVm, SnapshotHost } from '../../model/snapshot.ts'
import type { ChangeWords } from '../../view/needed-change.ts'

export interface Judged {
  readonly hosts: readonly SnapshotHost[]
  readonly refusals: readonly HostsRefusal[]
  /** What the scheduler is asked; the last step gives its answer. */
  readonly steps: Generator<undefined, Remedies>
  readonly wordsFor: (host: number) => ChangeWords
}

/** The question, with all that is to be read for it. `seenBy` as in `explainVm`. */
export async function readQuestion(
  q: Queries,
  hosts: readonly SnapshotHost[],
  pending: PendingVm,
  seenBy: string | null,
): Promise<Judged> {
  const rows = await listTenants(q)
  const lines = await listHostLines(q)
  const tenants = groupBy(
    rows.map(({ id, ...row }) => ({ ...row, vm: id })),
    ({ host }) => host,
  )
  const silent = lines.filter((line) => recordedState({ ...line, enabled: true }) !== 'on')
  const { refusals } = judgeHosts({ hosts }, pending)
  const circumstances = { tenants, silent: new Set(silent.map(({ id }) => id)) }
  const steps = remediesFor(hosts, pending, refusals, circumstances)
  const byId = new Map(lines.map((line) => [line.id, line]))
  const vmName = namesOf(rows, seenBy)
  const wordsFor = (id: number): ChangeWords => {
    const { name = `${id}`, agent = false, filter = null } = byId.get(id) ?? {}
    return { host: name, agent, filter, vm: pending.id, requests: pending.requests, vmName }
  }
  return { hosts, refusals, steps, wordsFor }
}

/** Null for VMs of others, where one sees only one's own. */
function namesOf(rows: readonly TenantRow[], seenBy: string | null): (vm: number) => string | null {
  const seen = rows.filter(({ owner }) => seenBy === null || owner === seenBy)
  const names = new Map(seen.map(({ id, name }) => [id, name]))
  return (vm) => names.get(vm) ?? (seenBy === null ? `${vm}` : null)
}
