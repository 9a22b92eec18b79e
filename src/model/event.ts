/** Events: what a host did. Only the controller turns them into changes of claims. */
import type { Address } from './address.ts'

interface EventBase {
  readonly order: number
  readonly vm: number
  readonly host: number
  readonly epoch: number
}

interface DeviceEventBase {
  readonly order: number
  readonly host: number
  readonly address: Address
}

/** What came of a device's own order. */
export type DeviceEvent =
  /** It is on `driver` now, verified; `from` = what was written down before it was touched. Null = none. */
  | (DeviceEventBase & {
      readonly kind: 'bound'
      readonly from: string | null
      readonly driver: string | null
    })
  /** It is where it was, as far as the kernel let it; `hangs` = the kernel did not answer, and may still act. */
  | (DeviceEventBase & {
      readonly kind: 'bind-failed'
      readonly code: string
      readonly message: string
      readonly hangs: boolean
    })
  /** The PF has these virtual functions now, by index; what their own files say comes with the next report. */
  | (DeviceEventBase & {
      readonly kind: 'vfs-set'
      readonly numVfs: number
      readonly addresses: readonly Address[]
    })
  /** It has as many as before, as far as the kernel let it; `hangs` as above. */
  | (DeviceEventBase & {
      readonly kind: 'vfs-failed'
      readonly code: string
      readonly message: string
      readonly hangs: boolean
    })

export type HostEvent = VmEvent | DeviceEvent

export function isVmEvent(event: HostEvent): event is VmEvent {
  return 'vm' in event
}

export type VmEvent =
  /** The domain runs and its devices were verified in it. */
  | (EventBase & { readonly kind: 'running' })
  /** The deploy failed and everything it had done was undone; the devices are verified back. */
  | (EventBase & { readonly kind: 'deploy-failed'; readonly code: string; readonly message: string })
  /** The domain is gone and every device is verified back. */
  | (EventBase & { readonly kind: 'released' })
  /** A device did not come back, from a release or from undoing a deploy; it stays claimed. The order, of either kind, is tried again. */
  | (EventBase & {
      readonly kind: 'release-failed'
      readonly code: string
      readonly message: string
      /** Those that would not come although nothing held them: repeated, they are not trusted any more. */
      readonly addresses: readonly Address[]
    })
