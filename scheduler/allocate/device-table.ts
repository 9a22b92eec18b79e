/** The devices of one host as the allocator sees them: sorted, numbered, and told which are free. Immutable; a claim gives a new table. */
import type { Address } from '../../src/model/address.ts'
import { compareAddresses, slotOf } from '../../src/model/address.ts'
import {
  arrangeDevices,
  groupObstacle,
  type HostDevices,
  isBridge,
  ownObstacle,
} from '../../src/model/assignable.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { type KindTable, kindOf } from './kinds.ts'

/** What never changes while planning; positions are those in address order. */
interface Layout {
  readonly kinds: readonly number[]
  readonly positionOf: ReadonlyMap<Address, number>
  /** Endpoints of each IOMMU group. */
  readonly groups: ReadonlyMap<number, readonly number[]>
  /** For each slot, its functions that are neither VF nor bridge. */
  readonly slots: readonly (readonly number[])[]
}

export interface DeviceTable extends Layout {
  readonly layout: Layout
  readonly devices: readonly SnapshotDevice[]
  /** Assignable to a VM that holds nothing on this host. */
  readonly free: readonly boolean[]
  /** VMs that hold something here. */
  readonly holders: ReadonlySet<number>
  readonly ungroupedAllowed: boolean
}

/** Sorts and judges a host's devices; their order in the input does not matter. */
export function deviceTable(
  input: readonly SnapshotDevice[],
  ungroupedAllowed: boolean,
  kindTable: KindTable,
): DeviceTable {
  const devices = [...input].sort((a, b) => compareAddresses(a.address, b.address))
  const layout = layOut(devices, kindTable)
  const holders = new Set<number>()
  for (const device of devices) if (device.claimedBy !== null) holders.add(device.claimedBy)
  const free = assignableTo(arrangeDevices(devices, ungroupedAllowed), devices, null)
  return { ...layout, layout, devices, free, holders, ungroupedAllowed }
}

function layOut(devices: readonly SnapshotDevice[], kindTable: KindTable): Layout {
  const positionOf = new Map<Address, number>()
  const groups = new Map<number, number[]>()
  const slots = new Map<string, number[]>()
  devices.forEach((device, position) => {
    positionOf.set(device.address, position)
    if (isBridge(device)) return
    if (device.iommuGroup !== null) append(groups, device.iommuGroup, position)
    if (device.kind !== 'vf') append(slots, slotOf(device.address), position)
  })
  return { kinds: devices.map((d) => kindOf(kindTable, d)), positionOf, groups, slots: [...slots.values()] }
}

function append<K>(lists: Map<K, number[]>, key: K, value: number): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

/**
 * The rule of src/model/assignable.ts (`obstacle` is null) for all devices of a host at once: each group is asked
 * once, so that a group of thousands costs no more than as many single ones.
 */
function assignableTo(host: HostDevices, devices: readonly SnapshotDevice[], vm: number | null): boolean[] {
  const blocked = new Map<number, { readonly count: number; readonly by: SnapshotDevice }>()
  for (const [group, mates] of host.groups)
    for (const mate of mates)
      if (groupObstacle(host, mate, vm) !== null)
        blocked.set(group, { count: (blocked.get(group)?.count ?? 0) + 1, by: mate })
  return devices.map((device) => {
    if (ownObstacle(host, device) !== null) return false
    if (device.iommuGroup === null) return true
    const block = blocked.get(device.iommuGroup)
    return block === undefined || (block.count === 1 && block.by === device)
  })
}

/** Which devices `vm` may be given: a VM that already holds part of a group may have the rest of it. */
export function freeFor(table: DeviceTable, vm: number): readonly boolean[] {
  if (!table.holders.has(vm)) return table.free
  return assignableTo(arranged(table), table.devices, vm)
}

export function arranged(table: DeviceTable): HostDevices {
  return arrangeDevices(table.devices, table.ungroupedAllowed)
}

/** Endpoints that share a device's IOMMU group, itself left out. */
export function mateCount(table: DeviceTable, position: number): number {
  const group = table.devices[position]?.iommuGroup ?? null
  return group === null ? 0 : Math.max(0, (table.groups.get(group)?.length ?? 0) - 1)
}

/** Unclaimed endpoints that go along when these devices are passed, in address order. */
export function heldWith(table: DeviceTable, passed: readonly number[]): number[] {
  const given = new Set(passed)
  const held = new Set<number>()
  for (const position of passed) {
    const group = table.devices[position]?.iommuGroup ?? null
    if (group === null) continue
    for (const mate of table.groups.get(group) ?? [])
      if (!given.has(mate) && table.devices[mate]?.claimedBy === null) held.add(mate)
  }
  return [...held].sort((a, b) => a - b)
}

/** The host after `vm` took these devices, held mates included (positions): nobody else may have any of them. */
export function claimDevices(table: DeviceTable, vm: number, taken: readonly number[]): DeviceTable {
  const devices = [...table.devices]
  const free = [...table.free]
  for (const position of taken) {
    const device = devices[position]
    if (device === undefined) continue
    devices[position] = { ...device, claimedBy: vm }
    free[position] = false
    if (device.iommuGroup !== null)
      for (const mate of table.groups.get(device.iommuGroup) ?? []) free[mate] = false
  }
  return { ...table, devices, free, holders: new Set([...table.holders, vm]) }
}
