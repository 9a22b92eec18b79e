/** "How many more of this VM?": copies of it are planned, one after the other, until one is refused. */
import { FIRST_COPY } from '../../src/model/refusal.ts'
import type { HostsRefusal, PendingVm, Placement, Rejection, Snapshot } from '../../src/model/snapshot.ts'
import { openCluster } from './cluster.ts'
import { indexCluster } from './cluster-index.ts'
import { inTurn, planEach } from './plan.ts'

export interface Copies {
  /** How many were placed, by host id. */
  readonly byHost: ReadonlyMap<number, number>
  readonly count: number
  /** True = one more than was asked for could be placed, too. */
  readonly more: boolean
  /** Why the next one could be placed nowhere; empty where it could. */
  readonly refusals: readonly HostsRefusal[]
}

/**
 * Plans `limit` copies of `vm` as if they waited: behind the snapshot's own VMs, and on what these leave. The search ends with the
 * first copy that is refused: what follows asks for the same of the same cluster. One step for each VM, so that whoever has others
 * to serve can do that meanwhile; the last one gives the answer.
 */
export function* planCopies(snapshot: Snapshot, vm: PendingVm, limit: number): Generator<undefined, Copies> {
  const cluster = openCluster(indexCluster(snapshot.hosts), [...snapshot.vms, vm], snapshot.policy)
  for (const _ of planEach(cluster, inTurn(snapshot.vms))) yield
  const byHost = new Map<number, number>()
  let count = 0
  for (const outcome of planEach(cluster, copiesOf(vm, limit + 1))) {
    if (!isPlaced(outcome)) return { byHost, count, more: false, refusals: outcome.refusals }
    if (count === limit) break
    count += 1
    byHost.set(outcome.host, (byHost.get(outcome.host) ?? 0) + 1)
    yield
  }
  return { byHost, count, more: true, refusals: [] }
}

const isPlaced = (outcome: Placement | Rejection): outcome is Placement => 'host' in outcome

function* copiesOf(vm: PendingVm, count: number): Generator<PendingVm> {
  for (let n = 0; n < count; n++) yield { ...vm, id: FIRST_COPY + n }
}
