/** What diagnosis finds of a device: codes and facts; src/view puts them into words. */
import type { Address } from './address.ts'

/** Why devices that nobody asked for are in the device's IOMMU group. */
export type GroupCause =
  /** A bridge above it keeps nothing apart. */
  | { readonly kind: 'bridge'; readonly bridge: Address }
  /** A conventional PCI bus: the IOMMU sees its bridge in place of what is behind. */
  | { readonly kind: 'conventional'; readonly bridge: Address }
  /** Functions of one slot. */
  | { readonly kind: 'functions' }
  | { readonly kind: 'unknown' }

/** Codes are listed in docs/errors.md. */
export type Finding =
  | { readonly code: 'msix-overlap'; readonly bar: number }
  /** The table or the pending bits end at `end`, the BAR at `size` (0 = it is not there). */
  | {
      readonly code: 'msix-outside-bar'
      readonly part: 'table' | 'pending bits'
      readonly bar: number
      readonly end: number
      readonly size: number
    }
  | { readonly code: 'no-reset' }
  /** `methods` is what the kernel resets it with instead; `others` are reset with it without being given with it. */
  | {
      readonly code: 'no-function-reset'
      readonly methods: readonly string[]
      readonly others: readonly Address[]
    }
  | {
      readonly code: 'not-isolated'
      readonly group: number
      readonly mates: readonly Address[]
      readonly cause: GroupCause
    }
  | { readonly code: 'shared-interrupt'; readonly irq: number; readonly others: readonly Address[] }
  | { readonly code: 'reserved-memory' }
  | { readonly code: 'no-rom' }

/** `warning` = a VM will not start with it, or it reaches into other devices; `note` = works, and is good to know. */
export function isWarning(finding: Finding): boolean {
  if (finding.code === 'no-rom') return false
  if (finding.code === 'no-function-reset') return finding.others.length > 0
  return finding.code !== 'not-isolated' || finding.cause.kind !== 'functions'
}
