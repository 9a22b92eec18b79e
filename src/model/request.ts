/** What a VM asks for: one `PCI = [...]` block is one request. */
import type { Address } from './address.ts'
import type { DeviceKind } from './device.ts'
import type { HexId } from './ids.ts'

/** A predicate on devices: every part that is not null must agree. At least one is not null. */
export interface Selector {
  readonly vendorId: HexId | null
  readonly deviceId: HexId | null
  readonly classId: HexId | null
  readonly address: Address | null
}

/** How a VF stands on the network, set through its PF: TYPE = "NIC". */
export interface VfNetwork {
  /** Lower case; null = libvirt chooses one at each start. */
  readonly mac: string | null
  /** 1 to 4094; 0 = untagged. */
  readonly vlan: number
}

export interface Request {
  /** Position among the template's PCI blocks, from 0. */
  readonly index: number
  readonly selector: Selector
  /** Devices, or slots where `allFunctions`; 1 to 64. */
  readonly count: number
  /** Null = any. `pf` = SR-IOV capable with no VFs enabled. */
  readonly kind: DeviceKind | null
  /** FUNCTIONS = "ALL": every non-VF, non-bridge function of the slot goes along. */
  readonly allFunctions: boolean
  readonly optional: boolean
  /** Libvirt binds and rebinds the device (YES), or Berth does (NO). */
  readonly managed: boolean
  /** TYPE = "NIC": `kind` is `vf`, and a class that is not given is any of network controllers (02xx). Absent = no. */
  readonly network?: VfNetwork
}

export type NumaPolicy = 'required' | 'preferred' | 'none'

/** Devices that one VM may ask for at most, over all its blocks. */
export const MAX_DEVICES_PER_VM = 64
