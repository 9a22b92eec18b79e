/** The placement policies: how well does a host suit, after optional devices and SCHED_RANK are equal? */
import type { PlacementPolicy } from '../../src/model/snapshot.ts'
import type { Worth } from '../allocate/catalog.ts'
import type { HostState } from '../feasible/host-state.ts'
import type { Stock } from './offer.ts'

/** Loads that differ by less are equal: a search need not tell them apart. */
const STEPS = 32
const MOST_WORTH = 2 ** 20 - 1

/** 0 (nothing runs there) to 1 (nothing more does): the scarcest of CPU and memory, or the number of VMs where both are plenty. */
export function loadOf(state: HostState): number {
  const { cpu, memoryMiB } = state.host
  return Math.min(
    1,
    Math.max(
      cpu ? state.usedCpu / cpu : 0,
      memoryMiB ? state.usedMemoryMiB / memoryMiB : 0,
      state.runningVms / (state.runningVms + 8),
    ),
  )
}

/** How well a host suits whatever VM, devices that it would get aside; higher is better, 0 is best. */
export function appealOf(
  policy: PlacementPolicy,
  state: HostState,
  stock: readonly Stock[],
  { byKind }: Worth,
): number {
  if (policy === 'spread') return -Math.round(loadOf(state) * 8 * STEPS)
  const idle = (STEPS - Math.round(loadOf(state) * STEPS)) / (2 * STEPS)
  if (!state.host.passthroughReady) return -idle
  const worth = stock.reduce((sum, entry) => sum + entry.count * (byKind[entry.kind] ?? 0), 0)
  return -Math.min(MOST_WORTH, worth) - idle
}

/**
 * Appeal, and the cheapness (negative price) of the cheapest devices that would serve the VM's required requests, make
 * one number: their weighted sum, higher is better. `pack`: cheap devices first, so that scarce ones are spared and no
 * mates are dragged along, then hosts with the least left to give, the fullest first: a VM without PCI devices goes where
 * there are none. `spread`: the idlest host, prices break ties.
 */
export interface Weights {
  readonly appealWeight: number
  readonly priceWeight: number
}

export function weightsOf(policy: PlacementPolicy): Weights {
  return policy === 'spread'
    ? { appealWeight: 2 ** 22, priceWeight: 1 }
    : { appealWeight: 1, priceWeight: 2 ** 20 }
}
