/** What a host itself needs a device for (design.md, invariant 5). */
import type { Address } from './address.ts'
import type { UsbNumbers } from './usb-device.ts'

/** `open` = a process writes to a disk, or has a GPU open; `controller` = something in use hangs below it; `domain` = a running libvirt domain holds it; `vfio` = a process of no such domain has its group open; `chipset` = host or ISA bridge with a driver. */
export type UsageReason =
  | 'mount'
  | 'swap'
  | 'open'
  | 'address'
  | 'route'
  | 'bridge'
  | 'bond'
  | 'display'
  | 'controller'
  | 'domain'
  | 'vfio'
  | 'chipset'

export interface Usage {
  readonly address: Address
  readonly reason: UsageReason
  /** What a person can act on: the mount point, interface, domain name, ... */
  readonly detail: string
}

/** A running libvirt domain, as far as comparing it with the database needs. */
export interface RunningDomain {
  readonly name: string
  readonly uuid: string
  /** libvirt's word: `running`, `paused`, `shutdown`, ... */
  readonly state: string
  /** PCI hostdevs, `<hostdev>` and `<interface type='hostdev'>` alike. */
  readonly hostdevs: readonly Address[]
  /** USB hostdevs by the numbers that they had when the domain took them; absent = none. */
  readonly usbHostdevs?: readonly UsbNumbers[]
  /** Berth's metadata; null = a foreign domain. */
  readonly berth: DomainMark | null
}

/** What Berth writes into a domain's metadata. `cluster` tells databases apart that share a host. */
export interface DomainMark {
  readonly cluster: string
  readonly vm: number
  readonly epoch: number
}
