/** What a VM asks for of USB: one `USB = [...]` block is one request for one device. */
import type { HexId } from './ids.ts'

/** A predicate on devices: every part that is not null must agree. At least one is not null. */
export interface UsbSelector {
  readonly vendorId: HexId | null
  readonly productId: HexId | null
  /** `bus` and `device` go together. */
  readonly bus: number | null
  readonly device: number | null
  /** `1-2.3`. */
  readonly port: string | null
}

export interface UsbRequest {
  /** Position among the template's USB blocks, from 0. */
  readonly index: number
  readonly selector: UsbSelector
}

/** Devices that one VM may ask for at most. */
export const MAX_USB_PER_VM = 8
