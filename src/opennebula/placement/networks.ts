/** Virtual networks of NICs that leave the choice to the scheduler: one with a free lease, in the host's cluster. */
import type { Network } from '../xml/pools.ts'
import type { Job } from './job.ts'
import type { RankOf } from './ranks.ts'

export interface Networks {
  readonly byId: ReadonlyMap<number, Network>
  readonly leases: Map<number, number>
  /** NICs of one VM get different networks. */
  readonly different: boolean
}

export interface NicNetwork {
  readonly nic: number
  readonly network: number
}

export function openNetworks(networks: readonly Network[], different: boolean): Networks {
  return {
    byId: new Map(networks.map((network) => [network.id, network])),
    leases: new Map(networks.map(({ id, freeLeases }) => [id, freeLeases])),
    different,
  }
}

/** A network for each such NIC, the best first (by rank, then id); null = one NIC gets none. A VM that moves keeps its own. */
export function networksIn(
  { byId, leases, different }: Networks,
  { vm, allowed }: Job,
  cluster: number,
  rankOf: (expression: string) => RankOf<Network>,
): readonly NicNetwork[] | null {
  if (vm.resched) return []
  const chosen: NicNetwork[] = []
  for (const nic of vm.autoNics) {
    const rank = rankOf(nic.rank)
    const usedHere = (id: number): number => chosen.filter(({ network }) => network === id).length
    const [best] = (allowed.networks.get(nic.id) ?? [])
      .flatMap((id) => byId.get(id) ?? [])
      .filter(({ id, clusters }) => clusters.includes(cluster) && (leases.get(id) ?? 0) > usedHere(id))
      .filter(({ id }) => !different || usedHere(id) === 0)
      .sort((a, b) => rank(b) - rank(a) || a.id - b.id)
    if (best === undefined) return null
    chosen.push({ nic: nic.id, network: best.id })
  }
  return chosen
}

export function takeLeases({ leases }: Networks, chosen: readonly NicNetwork[]): void {
  for (const { network } of chosen) leases.set(network, (leases.get(network) ?? 0) - 1)
}
