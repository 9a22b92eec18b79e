/** The contract, tried out: every way to give one host's devices to one VM. Shares no code with the scheduler. */
import type { Request } from '../../src/model/request.ts'
import type { PendingVm, SnapshotDevice } from '../../src/model/snapshot.ts'

const isBridge = (d: SnapshotDevice) => d.bridge || ['0604', '0607', '0609'].includes(d.classId)
const isChipset = (d: SnapshotDevice) => ['0600', '0601'].includes(d.classId)
const hostHasIt = (d: SnapshotDevice) => d.inUseByHost || (isChipset(d) && d.driver !== null)

/** Invariants 2 and 3, word for word. */
export function assignable(
  all: readonly SnapshotDevice[],
  d: SnapshotDevice,
  vm: number,
  ungrouped: boolean,
) {
  const isParent = (x: SnapshotDevice) =>
    x.wantedVfs !== null || all.some((other) => other.parent === x.address)
  const parent = all.find((other) => other.address === d.parent)
  if (!d.offered || isBridge(d) || isChipset(d) || d.inUseByHost || d.health !== 'ok') return false
  if (d.claimedBy !== null || isParent(d) || (parent !== undefined && parent.claimedBy !== null)) return false
  if (d.iommuGroup === null) return ungrouped
  return all
    .filter((other) => other !== d && other.iommuGroup === d.iommuGroup && !isBridge(other))
    .every(
      (mate) =>
        !hostHasIt(mate) &&
        mate.health !== 'quarantined' &&
        !isParent(mate) &&
        (mate.claimedBy === null || mate.claimedBy === vm),
    )
}

function finds(r: Request, d: SnapshotDevice): boolean {
  const { vendorId, deviceId, classId, address } = r.selector
  if (vendorId !== null && vendorId !== d.vendorId) return false
  if (deviceId !== null && deviceId !== d.deviceId) return false
  if (classId !== null && classId !== d.classId) return false
  if (r.network !== undefined && classId === null && d.classId.slice(0, 2) !== '02') return false
  if (address !== null && address !== d.address) return false
  return r.kind === null || r.kind === d.kind
}

/** What can serve a request once: sets of devices, all assignable. */
function units(
  all: readonly SnapshotDevice[],
  r: Request,
  vm: number,
  ungrouped: boolean,
): SnapshotDevice[][] {
  const ok = (d: SnapshotDevice) => assignable(all, d, vm, ungrouped)
  if (!r.allFunctions) return all.filter((d) => finds(r, d) && ok(d)).map((d) => [d])
  const slots = [...new Set(all.map((d) => d.address.split('.')[0]))]
  return slots.flatMap((slot) => {
    const functions = all.filter((d) => d.address.startsWith(`${slot}.`) && d.kind !== 'vf' && !isBridge(d))
    return functions.some((d) => finds(r, d)) && functions.every(ok) ? [functions] : []
  })
}

/** Optional devices by request, and whether all devices given can be on one node. */
export interface Way {
  readonly optional: readonly number[]
  readonly oneNode: boolean
}

/** Every way to serve all required requests. */
export function allWays(all: readonly SnapshotDevice[], vm: PendingVm, ungrouped: boolean): Way[] {
  const ways: Way[] = []
  const given: SnapshotDevice[][] = vm.requests.map(() => [])
  const serve = (at: number, served: number, from: number): void => {
    const r = vm.requests[at]
    if (r === undefined) {
      const nodes = new Set(given.flat().flatMap((d) => d.numaNode ?? []))
      const optional = given.map((list, i) => (vm.requests[i]?.optional ? list.length : 0))
      ways.push({ optional, oneNode: nodes.size <= 1 })
      return
    }
    if (served === r.count || r.optional) serve(at + 1, 0, 0)
    if (served === r.count) return
    const possible = units(all, r, vm.id, ungrouped)
    for (let i = from; i < possible.length; i++) {
      const unit = possible[i] ?? []
      if (unit.some((d) => given.flat().includes(d))) continue
      given[at]?.push(...unit)
      serve(at, served + 1, i + 1)
      given[at]?.splice(-unit.length)
    }
  }
  serve(0, 0, 0)
  return vm.numaPolicy === 'required' ? ways.filter((way) => way.oneNode) : ways
}

const total = (way: Way) => way.optional.reduce((sum, n) => sum + n, 0)

/** Most optional devices, then earlier blocks, then (preferred) one node; null = the VM does not fit. */
export function bestWay(all: readonly SnapshotDevice[], vm: PendingVm, ungrouped: boolean): Way | null {
  const better = (a: Way, b: Way): Way => {
    if (total(a) !== total(b)) return total(a) > total(b) ? a : b
    const at = a.optional.findIndex((n, i) => n !== b.optional[i])
    if (at >= 0) return (a.optional[at] ?? 0) > (b.optional[at] ?? 0) ? a : b
    return vm.numaPolicy === 'preferred' && b.oneNode ? b : a
  }
  return allWays(all, vm, ungrouped).reduce<Way | null>(
    (best, way) => (best === null ? way : better(best, way)),
    null,
  )
}
