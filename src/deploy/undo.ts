/** Undoes a deploy that failed, in reverse, and goes on with it after a crash until every device is back. */
import { BerthError } from '../model/errors.ts'
import type { VmEvent } from '../model/event.ts'
import type { DeployOrder, JournalEntry } from '../model/order.ts'
import { bringBack } from './bring-back.ts'
import { makeEnd } from './end-domain.ts'
import { eventOf, notReleased, releaseFailed } from './events.ts'
import { type OriginalDrivers, originalDrivers } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { withVfNetwork } from './vf-network.ts'

/** Why the deploy failed, and how far its undoing is. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly undone?: boolean
}

const STEP = 'undo'

/** The failure that an earlier run of this order wrote down; null = it had not failed. */
export function failureWrittenDown(journal: readonly JournalEntry[]): Failure | null {
  const begun = journal.find((entry) => entry.step === STEP && entry.state === 'begun')
  if (begun === undefined) return null
  const undone = journal.some((entry) => entry.step === STEP && entry.state === 'done')
  return { code: String(begun.facts.code), message: String(begun.facts.message), undone }
}

/**
 * `deploy-failed` when everything is as it was before; `release-failed` with the devices that are not: their claims stay,
 * and the order, tried again, comes back here.
 */
export async function undo(order: DeployOrder, failure: Failure, ports: DeployPorts): Promise<VmEvent> {
  const { code, message } = failure
  const failed = eventOf(order, { kind: 'deploy-failed', code, message })
  if (failure.undone === true) return failed
  ports.onStep?.(`undoing: ${message}`)
  // From here on there is no way forward for this order, whoever goes on with it.
  if (failure.undone === undefined)
    await ports.journal.append(order, { step: STEP, state: 'begun', facts: { code, message } })
  const journal = await ports.journal.load(order)
  const originals = originalDrivers(order, journal)
  // Nothing written down = nothing was unbound and no domain made: there is no need even to ask libvirt, which may be the trouble.
  if (originals !== null) {
    const left = await takeBack(order, journal, originals, ports)
    if (left !== null) return left
  }
  await ports.journal.append(order, { step: STEP, state: 'done', facts: {} })
  return failed
}

/** Null = the domain is gone and every device is back; else the event that says what is not. */
async function takeBack(
  order: DeployOrder,
  journal: readonly JournalEntry[],
  originals: OriginalDrivers,
  ports: DeployPorts,
): Promise<VmEvent | null> {
  try {
    // Reverse of step 4. Its own domain only: one that had the name before is somebody's.
    await makeEnd(order, ports)
    // Reverse of step 3, and of what libvirt did to the passed devices.
    const missing = await withVfNetwork(await bringBack(order, originals, ports), journal, ports)
    return missing.length > 0 ? notReleased(order, missing) : null
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return releaseFailed(order, error)
  }
}
