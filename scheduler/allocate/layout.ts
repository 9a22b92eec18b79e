/** The unchanging part of a host's devices; hosts of the same model, equipped alike, share one. Positions are those in address order. */
import type { Address } from '../../src/model/address.ts'
import { slotOf } from '../../src/model/address.ts'
import {
  arrangeDevices,
  groupObstacle,
  type HostDevices,
  isBridge,
  ownObstacle,
} from '../../src/model/assignable.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { type Catalog, kindOf } from './catalog.ts'

export interface Layout {
  readonly id: number
  readonly kinds: readonly number[]
  readonly positionOf: ReadonlyMap<Address, number>
  /** Endpoints of each IOMMU group. */
  readonly groups: ReadonlyMap<number, readonly number[]>
  /** By position: endpoints that share the device's group, itself left out. */
  readonly mateCounts: readonly number[]
  /** For each slot, its functions that are neither VF nor bridge. */
  readonly slots: readonly (readonly number[])[]
  /** What is assignable as long as nothing is claimed. */
  readonly freeUnclaimed: readonly boolean[]
}

/** `devices` in address order. */
export function layoutOf(
  catalog: Catalog,
  devices: readonly SnapshotDevice[],
  ungroupedAllowed: boolean,
): Layout {
  let key = ungroupedAllowed ? 'u' : 'g'
  for (const d of devices)
    key += `${d.address}${d.vendorId}${d.deviceId}${d.classId}${d.kind},${d.parent},${d.numaNode},${d.iommuGroup},${flags(d)};`
  const known = catalog.layouts.get(key)
  if (known !== undefined) return known
  const layout = layOut(catalog, devices, ungroupedAllowed)
  catalog.layouts.set(key, layout)
  return layout
}

function flags(d: SnapshotDevice): string {
  const bits =
    (d.driver === null ? 0 : 1) +
    (d.bridge ? 2 : 0) +
    (d.offered ? 4 : 0) +
    (d.inUseByHost ? 8 : 0) +
    (d.wantedVfs === null ? 0 : 16)
  return bits + d.health
}

function layOut(catalog: Catalog, devices: readonly SnapshotDevice[], ungroupedAllowed: boolean): Layout {
  const positionOf = new Map<Address, number>()
  const groups = new Map<number, number[]>()
  const slots = new Map<string, number[]>()
  for (const [position, device] of devices.entries()) {
    positionOf.set(device.address, position)
    if (isBridge(device)) continue
    if (device.iommuGroup !== null) append(groups, device.iommuGroup, position)
    if (device.kind !== 'vf') append(slots, slotOf(device.address), position)
  }
  const unclaimed = devices.map(asUnclaimed)
  return {
    id: catalog.layouts.size,
    kinds: devices.map((device) => kindOf(catalog, device)),
    positionOf,
    groups,
    mateCounts: devices.map((d) => Math.max(0, (groups.get(d.iommuGroup ?? -1)?.length ?? 0) - 1)),
    slots: [...slots.values()],
    freeUnclaimed: assignableTo(arrangeDevices(unclaimed, ungroupedAllowed), unclaimed, null),
  }
}

function asUnclaimed(device: SnapshotDevice): SnapshotDevice {
  if (device.claimedBy === null && device.usbUse === undefined) return device
  const { usbUse: _, ...facts } = device
  return { ...facts, claimedBy: null }
}

function append<K>(lists: Map<K, number[]>, key: K, value: number): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

/**
 * The rule of src/model/assignable.ts (`obstacle` is null) for all devices of a host at once: each group is asked
 * once, so that a group of thousands costs no more than as many single ones. What keeps a device's mates from a VM keeps
 * the device itself from it too, so it need not be told apart from its mates.
 */
export function assignableTo(
  host: HostDevices,
  devices: readonly SnapshotDevice[],
  vm: number | null,
): boolean[] {
  const blocked = new Set<number | null>()
  for (const [group, mates] of host.groups)
    if (mates.some((mate) => groupObstacle(host, mate, vm) !== null)) blocked.add(group)
  return devices.map((device) => ownObstacle(host, device) === null && !blocked.has(device.iommuGroup))
}
