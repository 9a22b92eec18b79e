/** Orders: what a host is told to do for a VM, complete in itself. */
import type { Address } from './address.ts'
import type { ClaimRole } from './claim.ts'
import type { HexId } from './ids.ts'
import type { VmDefinition } from './vm.ts'

/** A device as it was when it was promised; the host checks all of it before it touches anything. */
export interface PromisedDevice {
  readonly address: Address
  readonly role: ClaimRole
  readonly request: number | null
  readonly managed: boolean
  readonly vendorId: HexId
  readonly deviceId: HexId
  readonly classId: HexId
  readonly identity: string | null
  readonly iommuGroup: number | null
  readonly pcie: boolean | null
  /** An operator said that it may be given although the host uses it (invariant 5); absent = no. */
  readonly allowed?: boolean
}

interface OrderBase {
  readonly id: number
  readonly vm: number
  readonly host: number
  readonly epoch: number
  /** Of the database that wrote it; stands in the domain's metadata. */
  readonly cluster: string
  readonly devices: readonly PromisedDevice[]
  /** The boot in which group numbers were read; null = unknown. */
  readonly bootId: string | null
}

/** Make the domain run with its devices. */
export interface DeployOrder extends OrderBase {
  readonly kind: 'deploy'
  readonly definition: VmDefinition
  /** Of the deploy's domain; `kvm`, or `qemu` where there is no /dev/kvm. */
  readonly hypervisor: 'kvm' | 'qemu'
}

/** End the domain (if it still runs) and bring its devices back to the drivers that they came from. */
export interface ReleaseOrder extends OrderBase {
  readonly kind: 'release'
  /** Seconds between the ACPI shutdown and destroy; 0 = destroy at once. */
  readonly graceSeconds: number
}

export type Order = DeployOrder | ReleaseOrder

export type OrderState = 'waiting' | 'taken' | 'done' | 'failed'

/** One line of an order's journal: `begun` before a step touches anything, `done` after. Facts are what undo needs. */
export interface JournalEntry {
  readonly step: string
  readonly state: 'begun' | 'done' | 'undone'
  readonly facts: Readonly<Record<string, unknown>>
}
