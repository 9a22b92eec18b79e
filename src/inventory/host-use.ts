/** Which devices running domains hold behind the database's back (pure; design.md, invariants 5 and 10). */
import type { Address } from '../model/address.ts'
import type { RunningDomain } from '../model/usage.ts'

/** Of a VM on a host: its id and epoch. */
export type VmEpochs = ReadonlyMap<number, number>

/** The VM that the domain is of, as this database knows it; null = a foreign domain, another database's, or an orphan. */
export function vmOf({ berth }: Pick<RunningDomain, 'berth'>, vms: VmEpochs, cluster: string): number | null {
  return berth !== null && berth.cluster === cluster && vms.get(berth.vm) === berth.epoch ? berth.vm : null
}

/**
 * Address -> the domain's name, for hostdevs of domains that are foreign, of another database, or of a VM or epoch that
 * this one does not have on the host. What a VM's own domain holds is told by its claims, unless `claimedBy` differs.
 */
export function heldByOthers(
  domains: readonly RunningDomain[],
  vms: VmEpochs,
  cluster: string,
  claimedBy: (address: Address) => number | null,
): ReadonlyMap<Address, string> {
  const held = new Map<Address, string>()
  for (const domain of domains) {
    const vm = vmOf(domain, vms, cluster)
    for (const address of domain.hostdevs)
      if (vm === null || claimedBy(address) !== vm) held.set(address, domain.name)
  }
  return held
}
