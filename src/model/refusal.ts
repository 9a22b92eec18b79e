/** Refusals: why a VM cannot go to a host now. Codes and facts here; src/view puts them into words. */
import type { Address } from './address.ts'
import type { HostState } from './host.ts'
import type { CheckId } from './readiness.ts'
import type { UsbObstacle } from './usb-assignable.ts'

/** Why one device that fits a request cannot be given to a VM. Codes are listed in docs/errors.md. */
export type Obstacle =
  | { readonly code: 'not-offered' }
  | { readonly code: 'bridge' }
  | { readonly code: 'chipset' }
  | { readonly code: 'in-use-by-host' }
  | { readonly code: 'drained' }
  | { readonly code: 'quarantined' }
  | { readonly code: 'claimed'; readonly vm: number }
  /** A PF one of whose VFs exists; null = it has none now, and is to have some. */
  | { readonly code: 'pf-has-vfs'; readonly vf: Address | null }
  | { readonly code: 'parent-claimed'; readonly parent: Address; readonly vm: number }
  | { readonly code: 'no-iommu-group' }
  /** A USB controller: a VM has a device below it. */
  | { readonly code: 'usb-in-use'; readonly port: string; readonly vm: number }
  | {
      readonly code: 'group-not-viable'
      readonly group: number
      readonly mate: Address
      readonly why: GroupObstacle
    }

/** What a group mate does that keeps its whole group from being given. */
export type GroupObstacle =
  | { readonly code: 'in-use-by-host' }
  | { readonly code: 'quarantined' }
  | { readonly code: 'pf-has-vfs' }
  | { readonly code: 'claimed'; readonly vm: number }
  | { readonly code: 'usb-in-use'; readonly port: string; readonly vm: number }

/** VMs that a refusal names as holders at most. */
export const HOLDERS_NAMED = 8

/** Ids from here on are of copies of a VM that a what-if question places: no VM of a database gets so far. */
export const FIRST_COPY = 2 ** 32

/** How many devices fit one request, how many of them are free, and what keeps the others. */
export interface RequestShortage {
  readonly request: number
  /** Devices (slots for FUNCTIONS = "ALL") wanted by the block. */
  readonly wanted: number
  readonly free: number
  /** Devices of the host that the selector and kind fit, free or not. */
  readonly fitting: number
  /** VMs that hold fitting devices, ascending; where there are more than are named, one more. */
  readonly heldBy: readonly number[]
  /** The first device (in address order) that fits and is not free because of something else than a claim. */
  readonly example: { readonly address: Address; readonly obstacle: Obstacle } | null
}

/** How many USB devices fit one block, how many of them are free, and what keeps the others. */
export interface UsbShortage {
  readonly request: number
  /** Free ones that fit: where there are some, other blocks of the VM take them. */
  readonly free: number
  readonly fitting: number
  /** VMs that hold fitting devices, ascending, at most 8 of them. */
  readonly heldBy: readonly number[]
  /** The first device (by bus and port) that fits and is not free because of something else than a claim. */
  readonly example: { readonly port: string; readonly obstacle: UsbObstacle } | null
}

/** Checked in this order: state, readiness, firmware, requirements, CPU, memory, PCI, USB. */
export type Refusal =
  | { readonly code: 'host-state'; readonly state: HostState }
  | { readonly code: 'other-host' }
  /** Absent = none of its devices is in an IOMMU group. */
  | { readonly code: 'not-ready'; readonly missing?: readonly CheckId[] }
  /** None for UEFI guests, and the VM is one. */
  | { readonly code: 'no-firmware' }
  | { readonly code: 'requirements' }
  | { readonly code: 'cpu'; readonly wanted: number; readonly free: number }
  | { readonly code: 'memory'; readonly wanted: number; readonly free: number }
  /** No device of the host fits the request, free or not. */
  | ({ readonly code: 'no-such-device' } & RequestShortage)
  /** Fewer free than wanted, the rest claimed by VMs. */
  | ({ readonly code: 'not-enough-free' } & RequestShortage)
  /** Fewer free than wanted because of the obstacle in `example`: one code for each kind of obstacle. */
  | ({ readonly code: 'group-not-viable' } & RequestShortage)
  | ({ readonly code: 'pf-has-vfs' } & RequestShortage)
  | ({ readonly code: 'in-use-by-host' } & RequestShortage)
  | ({ readonly code: 'no-iommu-group' } & RequestShortage)
  | ({ readonly code: 'usb-in-use' } & RequestShortage)
  | ({ readonly code: 'device-out-of-service' } & RequestShortage)
  | ({ readonly code: 'never-assignable' } & RequestShortage)
  /** FUNCTIONS = "ALL": functions fit, but no slot has all of its functions free. */
  | ({ readonly code: 'functions' } & RequestShortage)
  /** Each request could be served alone, not all together. */
  | { readonly code: 'combination'; readonly wanted: number; readonly free: number }
  /** They could be served, but not from one NUMA node. */
  | { readonly code: 'numa' }
  /** The bounded search for FUNCTIONS = "ALL" gave up; never silently. */
  | { readonly code: 'search-limit' }
  /** No USB device of the host fits the block, free or not. */
  | { readonly code: 'no-such-usb-device'; readonly request: number }
  | ({ readonly code: 'usb-not-free' } & UsbShortage)
  /** PCI and USB devices could be given each alone: one takes the controller of the other. */
  | { readonly code: 'usb-and-pci' }

export type RefusalCode = Refusal['code']
