/** What happened to a device, as it is remembered: between everything that changes one and `berth device history`. */
import type { Address } from './address.ts'
import type { Claim } from './claim.ts'

export const DEVICE_EVENTS = [
  'claimed',
  'released',
  'reset',
  'bound',
  'vfs',
  'failed',
  'quarantined',
  'cleared',
  'drained',
  'undrained',
  'allowed',
  'moved',
  'swapped',
  'missing',
  'back',
] as const

/** `claimed` and `released` frame what a VM had; `reset` = by Berth, on its way back; `bound` = moved between drivers outside of a VM; `vfs` = how many virtual functions a PF was given; `failed` = a hand-over or return did not work; `moved` = renumbered. */
export type DeviceEvent = (typeof DEVICE_EVENTS)[number]

/** Which device: an address says where it is now, an identity says who it is. */
export interface DeviceRef {
  readonly host: number
  readonly address: Address
  readonly identity: string | null
}

export interface DeviceHistoryLine extends DeviceRef {
  readonly event: DeviceEvent
  /** The VM that it is about. */
  readonly vm: number | null
  /** In words. */
  readonly what: string
}

/** What a device's lines are found by, whatever its address was then. */
export function historyKey({ identity, address }: Pick<DeviceRef, 'identity' | 'address'>): string {
  return identity ?? address
}

/** `device` as the inventory has it now; what a claim promised may be known better since. */
export function claimedLine(
  { vm, role }: Pick<Claim, 'vm' | 'role'>,
  { host, address, identity }: DeviceRef,
): DeviceHistoryLine {
  const what = role === 'held' ? `held for VM ${vm}` : `passed to VM ${vm}`
  return { host, address, identity, event: 'claimed', vm, what }
}
