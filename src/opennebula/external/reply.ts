/** The External Scheduler's answer. OpenNebula reads the first piece of it only, so it is small and written at once. */
import type { Plan } from '../placement/plan.ts'

/** Of a piece of 16 KiB, less what the head of the response takes. */
const MOST_BYTES = 15_000

/** OpenNebula's id of no host. */
const NOWHERE = -1

export interface Reply {
  readonly body: string
  /** Placements that had no room: OpenNebula asks for these VMs again in its next cycle. */
  readonly leftOut: number
}

/** `{"VMS":[{"ID":0,"HOST_ID":1}]}`: placements in the order of the plan, then VMs that wait, which go nowhere, as far as there is room. */
export function replyTo({ placements, waiting }: Pick<Plan, 'placements' | 'waiting'>): Reply {
  let body = ''
  let placed = 0
  const add = (vm: number, host: number): boolean => {
    const entry = `${body === '' ? '' : ','}{"ID":${vm},"HOST_ID":${host}}`
    if (body.length + entry.length > MOST_BYTES) return false
    body += entry
    return true
  }
  for (const { vm, host } of placements) {
    if (!add(vm, host)) break
    placed += 1
  }
  for (const { vm } of waiting) if (!add(vm, NOWHERE)) break
  return { body: `{"VMS":[${body}]}`, leftOut: placements.length - placed }
}
