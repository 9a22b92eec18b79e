/** The devices of one host as the allocator sees them: in address order, and told which are free. Immutable; a claim gives a new table. */
import { compareAddresses } from '../../src/model/address.ts'
import { arrangeDevices, type HostDevices } from '../../src/model/assignable.ts'
import type { SnapshotDevice, SnapshotUsbDevice } from '../../src/model/snapshot.ts'
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
  for (const { claimedBy, usbUse } of devices) {
    if (claimedBy !== null) holders.add(claimedBy)
    if (usbUse !== undefined) holders.add(usbUse.vm)
  }
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

/** The controllers of these USB devices, and all in their IOMMU groups: what nobody can have once somebody has the devices. */
export function controllersOf(
  table: DeviceTable,
  usb: readonly Pick<SnapshotUsbDevice, 'controller'>[],
): number[] {
  const positions = new Set<number>()
  for (const { controller } of usb) {
    const position = controller === null ? undefined : table.layout.positionOf.get(controller)
    if (position !== undefined)
      for (const mate of [position, ...groupAt(table, position)]) positions.add(mate)
  }
  return [...positions].sort((a, b) => a - b)
}

/** The host with these USB devices in use by `vm`: their controllers are nobody's. Not to be asked for its state. */
export function useControllers(
  table: DeviceTable,
  usb: readonly Pick<SnapshotUsbDevice, 'controller' | 'port'>[],
  vm = 0,
): DeviceTable {
  const devices = [...table.devices]
  const free = [...table.free]
  for (const { controller, port } of usb) {
    const position = controller === null ? undefined : table.layout.positionOf.get(controller)
    const device = devices[position ?? -1]
    if (position === undefined || device === undefined || device.usbUse !== undefined) continue
    devices[position] = { ...device, usbUse: { port, vm } }
  }
  for (const position of controllersOf(table, usb)) free[position] = false
  return { ...table, devices, free }
}

/** The host after `vm` took these USB devices. */
export function claimUsb(
  catalog: Catalog,
  table: DeviceTable,
  vm: number,
  usb: readonly Pick<SnapshotUsbDevice, 'controller' | 'port'>[],
): DeviceTable {
  const used = useControllers(table, usb, vm)
  const holders = new Set(table.holders).add(vm)
  return { ...used, holders, state: stateOf(catalog, table.layout, used.free) }
}
