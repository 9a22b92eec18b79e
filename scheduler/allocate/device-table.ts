/** The devices of one host as the allocator sees them: in address order, and told which are free. Immutable; a claim gives a new table. */
import { compareAddresses } from '../../src/model/address.ts'
import { arrangeDevices, type HostDevices } from '../../src/model/assignable.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { type Catalog, stateOf } from './catalog.ts'
import { assignableTo, type Layout, layoutOf } from './layout.ts'

export interface DeviceTable {
  readonly layout: Layout
  readonly devices: readonly SnapshotDevice[]
  /** By position: assignable to a VM that holds nothing on this host. */
  readonly free: readonly boolean[]
  /** Equal numbers: the same layout with the same devices free. */
  readonly state: number
  /** VMs that hold something here. */
  readonly holders: ReadonlySet<number>
  readonly ungroupedAllowed: boolean
}

const NOBODY: ReadonlySet<number> = new Set()

/** Sorts and judges a host's devices; their order in the input does not matter. */
export function deviceTable(
  input: readonly SnapshotDevice[],
  ungroupedAllowed: boolean,
  catalog: Catalog,
): DeviceTable {
  const devices = [...input].sort((a, b) => compareAddresses(a.address, b.address))
  const layout = layoutOf(catalog, devices, ungroupedAllowed)
  const holders = new Set<number>()
  for (const device of devices) if (device.claimedBy !== null) holders.add(device.claimedBy)
  const free =
    holders.size === 0
      ? layout.freeUnclaimed
      : assignableTo(arrangeDevices(devices, ungroupedAllowed), devices, null)
  countKinds(catalog, layout, free)
  const state = stateOf(catalog, layout, free)
  return { layout, devices, free, state, holders: holders.size === 0 ? NOBODY : holders, ungroupedAllowed }
}

function countKinds(catalog: Catalog, layout: Layout, free: readonly boolean[]): void {
  const present = new Set<number>()
  for (const [position, kind] of layout.kinds.entries()) if (free[position]) present.add(kind)
  for (const kind of present) catalog.hostsWith[kind] = (catalog.hostsWith[kind] ?? 0) + 1
}

/** Which devices `vm` may be given: a VM that already holds part of a group may have the rest of it. */
export function freeFor(table: DeviceTable, vm: number): readonly boolean[] {
  if (!table.holders.has(vm)) return table.free
  return assignableTo(arranged(table), table.devices, vm)
}

const arrangements = new WeakMap<DeviceTable, HostDevices>()

/** For the questions of src/model/assignable.ts; arranged once, as refusals ask again and again. */
export function arranged(table: DeviceTable): HostDevices {
  const known = arrangements.get(table) ?? arrangeDevices(table.devices, table.ungroupedAllowed)
  arrangements.set(table, known)
  return known
}

/** Unclaimed endpoints that go along when these devices are passed, in address order. */
export function heldWith(table: DeviceTable, passed: readonly number[]): number[] {
  const given = new Set(passed)
  const held = new Set<number>()
  for (const position of passed)
    for (const mate of groupAt(table, position))
      if (!given.has(mate) && table.devices[mate]?.claimedBy === null) held.add(mate)
  return [...held].sort((a, b) => a - b)
}

/** All endpoints of a device's IOMMU group; none where it has no group. */
function groupAt(table: DeviceTable, position: number): readonly number[] {
  const group = table.devices[position]?.iommuGroup ?? null
  return group === null ? [] : (table.layout.groups.get(group) ?? [])
}

/** The host after `vm` took these devices, held mates included (positions): nobody else may have any of them. */
export function claimDevices(
  catalog: Catalog,
  table: DeviceTable,
  vm: number,
  taken: readonly number[],
): DeviceTable {
  const devices = [...table.devices]
  const free = [...table.free]
  for (const position of taken) {
    const device = devices[position]
    if (device === undefined) continue
    devices[position] = { ...device, claimedBy: vm }
    free[position] = false
    for (const mate of groupAt(table, position)) free[mate] = false
  }
  const holders = new Set(table.holders).add(vm)
  return { ...table, devices, free, holders, state: stateOf(catalog, table.layout, free) }
}
