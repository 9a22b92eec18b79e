/** Invariant 10: what runs on a host, compared with what should; the only way from silence back to certainty. */
import { insertHistory } from '../database/history.ts'
import { readCluster } from '../database/meta.ts'
import { openOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { listVms, type StoredVm, updateVm } from '../database/vms.ts'
import type { RunningDomain } from '../model/usage.ts'
import type { VmState } from '../model/vm.ts'
import { beginRelease } from './release.ts'

export interface ComparisonTimes {
  /** When the host was asked, on this clock: a VM that changed later is not judged by an older picture. */
  readonly observedAt: number
  readonly now: number
}

export interface VmChanged {
  readonly vm: number
  readonly from: VmState
  readonly to: VmState
}

/**
 * `domains` as the host's last report has them; those that are of none of its VMs are left alone. RUNNING or UNKNOWN without its domain: SHUTDOWN, and a release order
 * verifies its devices back; UNKNOWN with it: RUNNING. A VM whose order is open is left to its order.
 */
export async function compareDomains(
  q: Tx,
  host: number,
  domains: readonly RunningDomain[],
  times: ComparisonTimes,
): Promise<readonly VmChanged[]> {
  const cluster = await readCluster(q)
  const ours = domains.filter((domain) => domain.berth?.cluster === cluster)
  const vms = await listVms(q, { host })
  const changes: VmChanged[] = []
  for (const vm of vms) {
    const to = await compareVm(q, vm, ours.some(isOf(vm)), times)
    if (to !== null) changes.push({ vm: vm.id, from: vm.state, to })
  }
  return changes
}

const isOf =
  (vm: StoredVm) =>
  ({ berth }: RunningDomain): boolean =>
    berth?.vm === vm.id && berth.epoch === vm.epoch

async function compareVm(
  q: Tx,
  vm: StoredVm,
  there: boolean,
  { observedAt, now }: ComparisonTimes,
): Promise<VmState | null> {
  if ((vm.state !== 'RUNNING' && vm.state !== 'UNKNOWN') || vm.changedAt >= observedAt) return null
  if ((await openOrder(q, vm.id)) !== null) return null
  if (!there) {
    const message = 'its domain ended on the host (powered off, destroyed or the host restarted)'
    await beginRelease(q, vm, { afterRelease: 'POWEROFF', graceSeconds: 0, message }, now)
    return 'SHUTDOWN'
  }
  if (vm.state === 'RUNNING') return null
  await updateVm(q, vm.id, { state: 'RUNNING', message: null }, now)
  await insertHistory(q, vm.id, 'RUNNING: its host is back and the domain is there', now)
  return 'RUNNING'
}

/** The host does not answer: its RUNNING VMs are UNKNOWN and keep their devices. Gives their ids. */
export async function markSilent(q: Tx, host: number, why: string, now: number): Promise<readonly number[]> {
  const vms = await listVms(q, { host, states: ['RUNNING'] })
  for (const vm of vms) {
    const message = `host ${host} does not answer: ${why}`
    await updateVm(q, vm.id, { state: 'UNKNOWN', message }, now)
    await insertHistory(q, vm.id, `UNKNOWN: ${message}`, now)
  }
  return vms.map(({ id }) => id)
}
