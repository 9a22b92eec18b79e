/** The External Scheduler's answer. OpenNebula reads the first piece of it only, so it is small and written at once. */
import type { Placement } from '../placement/plan.ts'

/** Of a piece of 16 KiB, less what the head of the response takes. */
const MOST_BYTES = 15_000

export interface Reply {
  readonly body: string
  /** Placements that had no room. */
  readonly leftOut: number
}

/**
 * `{"VMS":[{"ID":0,"HOST_ID":1}]}`: placements in the order given, as far as there is room. A VM that is not in it keeps the hosts that
 * OpenNebula matched (Scheduler::external_scheduler of 6.8 to 6.10), and so does one with a host that OpenNebula does not know:
 * no answer makes a VM wait.
 */
export function replyTo(placements: readonly Pick<Placement, 'vm' | 'host'>[]): Reply {
  let body = ''
  let placed = 0
  for (const { vm, host } of placements) {
    const entry = `${body === '' ? '' : ','}{"ID":${vm},"HOST_ID":${host}}`
    if (body.length + entry.length > MOST_BYTES) break
    body += entry
    placed += 1
  }
  return { body: `{"VMS":[${body}]}`, leftOut: placements.length - placed }
}
