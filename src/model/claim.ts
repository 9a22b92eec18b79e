/** Claims: the saved, exclusive holds of devices and IOMMU groups by VMs. */
import type { Address } from './address.ts'

/** `passed` = the VM gets it as a hostdev; `held` = a group mate that nobody else may have meanwhile. */
export type ClaimRole = 'passed' | 'held'

export interface Claim {
  readonly host: number
  readonly address: Address
  readonly vm: number
  /** The template's PCI block; null for a held mate. */
  readonly request: number | null
  readonly role: ClaimRole
  readonly iommuGroup: number | null
  /** What was promised; verified before hand-over and after return. */
  readonly identity: string | null
}
