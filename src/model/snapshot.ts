/** The scheduler's input and output: an immutable picture of the cluster, and what to do about it. */
import type { Address } from './address.ts'
import type { DeviceKind } from './device.ts'
import type { AttributeValue, Rank, Requirement } from './expression.ts'
import type { HostState } from './host.ts'
import type { HexId } from './ids.ts'
import type { CheckId } from './readiness.ts'
import type { Refusal } from './refusal.ts'
import type { NumaPolicy, Request } from './request.ts'
import type { UsbRequest } from './usb-request.ts'

/** `drained` = no new claims, by an operator; `quarantined` = not to be trusted. */
export type DeviceHealth = 'ok' | 'drained' | 'quarantined'

/** A device as far as placing needs it. */
export interface SnapshotDevice {
  readonly address: Address
  readonly vendorId: HexId
  readonly deviceId: HexId
  readonly classId: HexId
  readonly kind: DeviceKind
  readonly parent: Address | null
  readonly numaNode: number | null
  readonly iommuGroup: number | null
  readonly driver: string | null
  readonly bridge: boolean
  readonly offered: boolean
  /** The VM that holds it, passed or as a group mate. */
  readonly claimedBy: number | null
  readonly inUseByHost: boolean
  /** Where it is in use because of that: the domain, no VM of this database, that holds it. Absent = none. */
  readonly domain?: string
  readonly health: DeviceHealth
  /** Virtual functions that an operator wants of it, there or not; null = none (invariant 2). */
  readonly wantedVfs: number | null
  /** Of a USB controller: a device below it that a VM has claimed. Absent = none. */
  readonly usbUse?: { readonly port: string; readonly vm: number }
}

/** A USB device as far as placing needs it. */
export interface SnapshotUsbDevice {
  /** Names it on its host, wherever it is plugged in. */
  readonly key: string
  readonly bus: number
  readonly device: number
  readonly port: string
  readonly vendorId: HexId
  readonly productId: HexId
  readonly hub: boolean
  readonly controller: Address | null
  readonly claimedBy: number | null
  readonly inUseByHost: boolean
  /** As that of a PCI device. */
  readonly domain?: string
  /** Another device sits where a VM's claimed one was. */
  readonly swapped: boolean
}

export interface SnapshotHost {
  readonly id: number
  readonly name: string
  readonly state: HostState
  /** False = its readiness says that it cannot pass devices: VMs with required PCI requests are refused. */
  readonly passthroughReady: boolean
  /** What its readiness lacks; absent = nothing, or nothing is known of it. */
  readonly missing?: readonly CheckId[]
  /** It has no firmware for UEFI guests; absent = it has, or nothing is known of it. */
  readonly noUefi?: true
  /** A device in no IOMMU group: refused on a real host (false), stands alone where no IOMMU is modelled (true). */
  readonly ungroupedAllowed: boolean
  readonly cluster: string
  /** Hundredths of a core; null = unlimited. */
  readonly cpu: number | null
  readonly usedCpu: number
  readonly memoryMiB: number | null
  readonly usedMemoryMiB: number
  readonly runningVms: number
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly devices: readonly SnapshotDevice[]
  /** Absent = it has none, or nothing is known of them. */
  readonly usb?: readonly SnapshotUsbDevice[]
}

export interface PendingVm {
  readonly id: number
  readonly name: string
  /** Higher first. */
  readonly priority: number
  /** Hundredths of a core, rounded up. */
  readonly cpu: number
  readonly memoryMiB: number
  readonly requests: readonly Request[]
  /** Absent = it asks for no USB device. */
  readonly usb?: readonly UsbRequest[]
  /** It boots with UEFI; absent = with a BIOS. */
  readonly uefi?: true
  readonly numaPolicy: NumaPolicy
  readonly requirement: Requirement | null
  readonly rank: Rank | null
  /** Only this host will do (`vm deploy VM HOST`); null = any. */
  readonly onlyHost: number | null
}

export type PlacementPolicy = 'pack' | 'spread'

export interface Snapshot {
  readonly hosts: readonly SnapshotHost[]
  readonly vms: readonly PendingVm[]
  readonly policy: PlacementPolicy
}

export interface AllocatedDevice {
  readonly request: number
  readonly address: Address
}

export interface AllocatedUsbDevice extends Pick<SnapshotUsbDevice, 'key' | 'bus' | 'device' | 'port'> {
  /** The template's USB block. */
  readonly request: number
}

/** Devices chosen for a VM on one host. `held` = group mates that go along without being passed. */
export interface Allocation {
  /** By request, then address. */
  readonly devices: readonly AllocatedDevice[]
  readonly held: readonly Address[]
}

export interface Placement extends Allocation {
  readonly vm: number
  readonly host: number
  /** By request; absent where the VM asks for none. */
  readonly usb?: readonly AllocatedUsbDevice[]
}

/** A VM that cannot be placed, and why on which hosts: hosts in the same state share one entry. */
export interface Rejection {
  readonly vm: number
  readonly refusals: readonly HostsRefusal[]
}

export interface HostsRefusal {
  readonly hosts: readonly number[]
  readonly refusal: Refusal
}

export interface Plan {
  /** By VM id. */
  readonly placements: readonly Placement[]
  readonly rejections: readonly Rejection[]
}
