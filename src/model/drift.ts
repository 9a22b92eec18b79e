/** Drift: where the database and a host's domains, drivers and open VFIO groups say different things. */
import type { Address } from './address.ts'
import { VFIO_PCI } from './device.ts'
import type { DriverGoal } from './order.ts'

export type Drift =
  /** A domain with Berth's mark whose VM or epoch this database does not have on the host; never ended by Berth. */
  | { readonly code: 'orphan-domain'; readonly domain: string; readonly vm: number; readonly epoch: number }
  /** The VM's domain runs without a device that was passed to it. */
  | {
      readonly code: 'device-not-in-domain'
      readonly vm: number
      readonly address: Address
      readonly domain: string
    }
  /** A domain holds a device that is claimed by another VM, or by none although the domain is a VM's of ours. */
  | {
      readonly code: 'device-not-claimed'
      readonly vm: number | null
      readonly address: Address
      readonly domain: string
    }
  | { readonly code: 'device-missing'; readonly vm: number; readonly address: Address }
  /** Passed to a running VM, or held for it, and not on vfio-pci. */
  | {
      readonly code: 'claimed-not-on-vfio'
      readonly vm: number
      readonly address: Address
      readonly driver: string | null
      readonly role: 'passed' | 'held'
    }
  /** Nobody's any more, and not on the driver that it came from when it was given. */
  | {
      readonly code: 'not-given-back'
      readonly address: Address
      readonly driver: string | null
      readonly wanted: string | null
    }
  | { readonly code: 'reserved-not-on-vfio'; readonly address: Address; readonly driver: string | null }
  /** A PF has not as many virtual functions as an operator wants. */
  | {
      readonly code: 'vfs-not-as-wished'
      readonly address: Address
      readonly numVfs: number
      readonly wanted: number
    }
  /** A process that is of no libvirt domain has the device's VFIO group open. */
  | { readonly code: 'vfio-open'; readonly address: Address; readonly process: string }

export type DriftCode = Drift['code']

/**
 * Which driver would mend it, where moving it takes nothing from anybody; null = a person must decide. A passed device is the
 * guest's: it is not pulled about under it.
 */
export function repairOf(drift: Drift): { readonly address: Address; readonly to: DriverGoal } | null {
  const to = (driver: string | null) => ({ kind: 'named', driver }) as const
  switch (drift.code) {
    case 'claimed-not-on-vfio':
      return drift.role === 'held' ? { address: drift.address, to: to(VFIO_PCI) } : null
    case 'not-given-back':
      return { address: drift.address, to: to(drift.wanted) }
    case 'reserved-not-on-vfio':
      return { address: drift.address, to: to(VFIO_PCI) }
    default:
      return null
  }
}
