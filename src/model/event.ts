/** Events: what a host did. Only the controller turns them into changes of claims. */
import type { Address } from './address.ts'

/** What is wrong with one device. */
export interface DeviceFault {
  readonly address: Address
  readonly code: string
  readonly message: string
}

/** With so many a device is not in service any more. */
export const FAILURES_IN_A_ROW = 3

/** The kernel did not answer: it may hold the device's lock for as long as its driver likes. */
export function hangs({ code }: Pick<DeviceFault, 'code'>): boolean {
  return /^(?:driver|sysfs)-.*-timeout$/.test(code)
}

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
export type DeviceOrderEvent =
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

export type HostEvent = VmEvent | DeviceOrderEvent

export function isVmEvent(event: HostEvent): event is VmEvent {
  return 'vm' in event
}

export type VmEvent =
  /** The domain runs and its devices were verified in it. */
  | (EventBase & { readonly kind: 'running' })
  /** The deploy failed and everything it had done was undone; the devices are verified back. */
  | (EventBase & {
      readonly kind: 'deploy-failed'
      readonly code: string
      readonly message: string
      /** Devices that it failed for; absent = none of them is to blame. */
      readonly faults?: readonly DeviceFault[]
      /** As in `released`. */
      readonly distrusted?: readonly DeviceFault[]
    })
  /** The domain is gone and every device is verified back. */
  | (EventBase & {
      readonly kind: 'released'
      /** Devices that are not what was handed out, or do not answer any more; absent = none. */
      readonly distrusted?: readonly DeviceFault[]
    })
  /** The running domain has its new devices, verified in it. */
  | (EventBase & { readonly kind: 'attached' })
  /** It has none of them, and they are verified back. */
  | (EventBase & {
      readonly kind: 'attach-failed'
      readonly code: string
      readonly message: string
      /** As in `deploy-failed`. */
      readonly faults?: readonly DeviceFault[]
      readonly distrusted?: readonly DeviceFault[]
    })
  /** The domain, or what is left of it, does not have them any more, and they are verified back. */
  | (EventBase & {
      readonly kind: 'detached'
      /** As in `released`. */
      readonly distrusted?: readonly DeviceFault[]
    })
  /**
   * A device did not come back: from a release, a detach that the guest does not answer, or the undoing of a deploy or attach; it
   * stays claimed. The order, of whichever kind, is tried again.
   */
  | (EventBase & {
      readonly kind: 'release-failed'
      readonly code: string
      readonly message: string
      /** Devices that would not come although nothing held them: repeated, they are not trusted any more. */
      readonly faults: readonly DeviceFault[]
    })
