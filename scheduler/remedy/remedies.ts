/** The hosts that refuse a VM, the most promising first, and what each would have to change, as long as the budget lasts. */
import type { Refusal } from '../../src/model/refusal.ts'
import type { ChangeCode, Remedy, Tenant } from '../../src/model/remedy.ts'
import type { HostsRefusal, PendingVm, SnapshotHost } from '../../src/model/snapshot.ts'
import { COSTS } from './cost.ts'
import type { Budget } from './oracle.ts'
import { remedyFor } from './remedy.ts'

export interface Remedies {
  /** Null = nothing that Berth knows of would help; hosts that are left out were not worked out. */
  readonly byHost: ReadonlyMap<number, Remedy | null>
  /** The host with the cheapest one; of equally cheap ones the one with the fewest changes, then the lowest id. */
  readonly smallest: number | null
}

/** Devices looked at, over all hosts: about 0.5 s (docs/performance.md). */
const BUDGET = 200_000

/** What is known of the hosts beside the scheduler's picture. */
export interface Circumstances {
  /** By host. */
  readonly tenants: ReadonlyMap<number, readonly Tenant[]>
  /** Hosts that did not answer when they were last asked. */
  readonly silent: ReadonlySet<number>
}

/**
 * `refusals` = what `judgeHosts` said of these hosts. One step for each host that is worked out, so that whoever has others to serve
 * can do that meanwhile; the last one gives the answer.
 */
export function* remediesFor(
  hosts: readonly SnapshotHost[],
  vm: PendingVm,
  refusals: readonly HostsRefusal[],
  { tenants, silent }: Circumstances,
  devices = BUDGET,
): Generator<undefined, Remedies> {
  const byId = new Map(hosts.map((host) => [host.id, host]))
  const byHost = new Map<number, Remedy | null>()
  const budget: Budget = { left: devices }
  for (const { id, least } of promising(refusals)) {
    const host = byId.get(id)
    if (host === undefined) continue
    if (least === Infinity) byHost.set(id, null)
    if (least === Infinity || budget.left <= 0) continue
    const situation = { host, vm, tenants: tenants.get(id) ?? [], answers: !silent.has(id) }
    const remedy = remedyFor(situation, budget)
    if (remedy !== 'unknown') byHost.set(id, remedy)
    yield
  }
  return { byHost, smallest: smallestOf(byHost) }
}

interface Prospect {
  readonly id: number
  /** No remedy costs less; Infinity = there is none. */
  readonly least: number
  readonly missing: number
}

function promising(refusals: readonly HostsRefusal[]): readonly Prospect[] {
  return refusals
    .flatMap(({ hosts, refusal }) => {
      const prospect = { least: leastCost(refusal), missing: missingDevices(refusal) }
      return hosts.map((id) => ({ id, ...prospect }))
    })
    .sort((a, b) => byNumber(a.least, b.least) || a.missing - b.missing || a.id - b.id)
}

/** Infinity equals itself here. */
const byNumber = (a: number, b: number): number => (a === b ? 0 : a - b)

function leastCost(refusal: Refusal): number {
  const cheapest = (...codes: readonly ChangeCode[]): number => Math.min(...codes.map((code) => COSTS[code]))
  switch (refusal.code) {
    case 'host-state':
      return refusal.state === 'disabled' ? cheapest('enable-host') : cheapest('revive-host')
    case 'other-host':
      return cheapest('send-here')
    case 'not-ready':
      return cheapest('prepare-host')
    case 'no-firmware':
      return cheapest('install-firmware')
    case 'requirements':
      return cheapest('relax-requirements', 'await-vm')
    case 'no-such-device':
    case 'no-such-usb-device':
      return Infinity
    default:
      return missingDevices(refusal) > 0 ? shortfall(refusal) : cheapest('await-vm')
  }
}

/** Devices that the host does not have at all can only be done without. */
function shortfall(refusal: Refusal): number {
  const short = 'fitting' in refusal && 'wanted' in refusal ? refusal.wanted - refusal.fitting : 0
  return short > 0 ? short * COSTS['ask-for-fewer'] : COSTS['await-vm']
}

function missingDevices(refusal: Refusal): number {
  return 'fitting' in refusal && 'wanted' in refusal ? refusal.wanted - refusal.free : 0
}

function smallestOf(byHost: ReadonlyMap<number, Remedy | null>): number | null {
  let best: { readonly id: number; readonly remedy: Remedy } | null = null
  for (const [id, remedy] of byHost)
    if (remedy !== null && (best === null || isSmaller(id, remedy, best.id, best.remedy)))
      best = { id, remedy }
  return best?.id ?? null
}

function isSmaller(id: number, a: Remedy, other: number, b: Remedy): boolean {
  return (a.cost - b.cost || a.changes.length - b.changes.length || id - other) < 0
}
