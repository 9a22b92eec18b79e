/** Why a VM waits, in one short line: its hosts summed up by reason, in OpenNebula's manner. */
import type { RefusalCode } from '../model/refusal.ts'
import type { Rejection } from '../model/snapshot.ts'

/** In the order in which a host is checked. */
const REASONS: Readonly<Record<RefusalCode, string>> = {
  'host-state': 'host not on',
  'other-host': 'not the host asked for',
  'not-ready': 'host not ready for passthrough',
  requirements: 'SCHED_REQUIREMENTS not met',
  cpu: 'not enough CPU',
  memory: 'not enough memory',
  'no-such-device': 'no such PCI device',
  'not-enough-free': 'not enough free PCI devices',
  'group-not-viable': 'IOMMU group not viable',
  'pf-has-vfs': 'PCI device has virtual functions',
  'in-use-by-host': 'PCI device in use by the host',
  'no-iommu-group': 'PCI device in no IOMMU group',
  'device-out-of-service': 'PCI device drained or quarantined',
  'never-assignable': 'PCI device never given to VMs',
  functions: 'no slot with all functions free',
  combination: 'PCI requests not possible together',
  numa: 'PCI devices not on one NUMA node',
  'search-limit': 'PCI search given up',
}

const ORDER = Object.keys(REASONS)

/**
 * `Cannot dispatch VM: no host of 5 can take it: not enough free PCI devices (3), not enough CPU (2)`: most frequent reason
 * first. `hostCount` = hosts of the cluster, all of which the rejection covers.
 */
export function waitingMessage(rejection: Pick<Rejection, 'refusals'>, hostCount: number): string {
  if (hostCount === 0) return 'Cannot dispatch VM: there are no hosts'
  const counts = new Map<RefusalCode, number>()
  for (const { hosts, refusal } of rejection.refusals)
    counts.set(refusal.code, (counts.get(refusal.code) ?? 0) + hosts.length)
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || ORDER.indexOf(a) - ORDER.indexOf(b))
  const hosts = hostCount === 1 ? 'the only host cannot' : `none of ${hostCount} hosts can`
  const [only] = sorted
  if (sorted.length === 1 && only) return `Cannot dispatch VM: ${hosts} take it: ${REASONS[only[0]]}`
  return `Cannot dispatch VM: ${hosts} take it: ${sorted.map(([code, n]) => `${REASONS[code]} (${n})`).join(', ')}`
}
