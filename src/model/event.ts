/** Events: what a host did. Only the controller turns them into changes of claims. */
import type { Address } from './address.ts'

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
