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

export type HostEvent =
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
  /** A device did not come back, from a release or from undoing a deploy; it stays claimed. The order, of either kind, is tried again. */
  | (EventBase & {
      readonly kind: 'release-failed'
      readonly code: string
      readonly message: string
      /** Devices that would not come although nothing held them: repeated, they are not trusted any more. */
      readonly faults: readonly DeviceFault[]
    })
