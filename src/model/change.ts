/** Changes: hints that something is not as it was, for schedulers and people who wait. What it is now, the lists say. */

export const CHANGE_KINDS = ['vm', 'host', 'order', 'template'] as const

export type ChangeKind = (typeof CHANGE_KINDS)[number]

export interface Change {
  /** Rises with each. */
  readonly id: number
  readonly kind: ChangeKind
  /** The VM's, host's or template's id; of an order its host's. */
  readonly subject: number
}
