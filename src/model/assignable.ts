/** Which devices may be given, and which IOMMU groups are viable: the one rule (design invariants 2 and 3), used by scheduler, deploy and view. */
import type { Address } from './address.ts'
import { isBridgeClass, isChipset } from './device.ts'
import type { GroupObstacle, Obstacle } from './refusal.ts'
import type { SnapshotDevice } from './snapshot.ts'

/** The devices of one host, arranged so that each question below costs a look-up. */
export interface HostDevices {
  readonly byAddress: ReadonlyMap<Address, SnapshotDevice>
  /** Endpoints (no bridges) of each IOMMU group. */
  readonly groups: ReadonlyMap<number, readonly SnapshotDevice[]>
  /** A PF's first VF. */
  readonly firstVf: ReadonlyMap<Address, Address>
  readonly ungroupedAllowed: boolean
}

/** Without config space at hand the class decides too. */
export function isBridge(device: Pick<SnapshotDevice, 'bridge' | 'classId'>): boolean {
  return device.bridge || isBridgeClass(device.classId)
}

/** A host or ISA bridge with a driver is the host's own. */
export function usedByHost(device: Pick<SnapshotDevice, 'inUseByHost' | 'classId' | 'driver'>): boolean {
  return device.inUseByHost || (device.driver !== null && isChipset(device.classId))
}

export function arrangeDevices(devices: readonly SnapshotDevice[], ungroupedAllowed: boolean): HostDevices {
  const byAddress = new Map<Address, SnapshotDevice>()
  const groups = new Map<number, SnapshotDevice[]>()
  const firstVf = new Map<Address, Address>()
  for (const device of devices) {
    byAddress.set(device.address, device)
    if (device.parent !== null && !firstVf.has(device.parent)) firstVf.set(device.parent, device.address)
    if (device.iommuGroup === null || isBridge(device)) continue
    const group = groups.get(device.iommuGroup)
    if (group) group.push(device)
    else groups.set(device.iommuGroup, [device])
  }
  return { byAddress, groups, firstVf, ungroupedAllowed }
}

/** What `mate` does that keeps its group from being given to `vm`; null = nothing. A bridge never does anything. */
export function groupObstacle(
  host: HostDevices,
  mate: SnapshotDevice,
  vm: number | null,
): GroupObstacle | null {
  if (usedByHost(mate)) return { code: 'in-use-by-host' }
  if (mate.health === 'quarantined') return { code: 'quarantined' }
  if (host.firstVf.has(mate.address) || mate.wantedVfs !== null) return { code: 'pf-has-vfs' }
  if (mate.claimedBy !== null && mate.claimedBy !== vm) return { code: 'claimed', vm: mate.claimedBy }
  if (mate.usbUse !== undefined) return { code: 'usb-in-use', ...mate.usbUse }
  return null
}

/** What stands between `device` itself and a VM, its group left aside; null = nothing. */
export function ownObstacle(host: HostDevices, device: SnapshotDevice): Obstacle | null {
  if (isBridge(device)) return { code: 'bridge' }
  if (isChipset(device.classId)) return { code: 'chipset' }
  if (!device.offered) return { code: 'not-offered' }
  if (device.inUseByHost) return { code: 'in-use-by-host' }
  if (device.claimedBy !== null) return { code: 'claimed', vm: device.claimedBy }
  if (device.health !== 'ok') return { code: device.health }
  if (device.usbUse !== undefined) return { code: 'usb-in-use', ...device.usbUse }
  const vf = host.firstVf.get(device.address) ?? null
  if (vf !== null || device.wantedVfs !== null) return { code: 'pf-has-vfs', vf }
  const parent = device.parent === null ? undefined : host.byAddress.get(device.parent)
  if (parent?.claimedBy != null)
    return { code: 'parent-claimed', parent: parent.address, vm: parent.claimedBy }
  if (device.iommuGroup === null && !host.ungroupedAllowed) return { code: 'no-iommu-group' }
  return null
}

/** Why `device` cannot be given to `vm` now (null `vm` = to any VM that holds nothing yet); null = it can. */
export function obstacle(host: HostDevices, device: SnapshotDevice, vm: number | null): Obstacle | null {
  const own = ownObstacle(host, device)
  if (own !== null || device.iommuGroup === null) return own
  for (const mate of host.groups.get(device.iommuGroup) ?? []) {
    if (mate === device) continue
    const why = groupObstacle(host, mate, vm)
    if (why !== null) return { code: 'group-not-viable', group: device.iommuGroup, mate: mate.address, why }
  }
  return null
}

/** Endpoints that must go with `device` because they share its IOMMU group, in the order given; itself left out. */
export function groupMates(host: HostDevices, device: SnapshotDevice): readonly SnapshotDevice[] {
  if (device.iommuGroup === null) return []
  return (host.groups.get(device.iommuGroup) ?? []).filter((mate) => mate !== device)
}
