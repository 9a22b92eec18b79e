/** Undoes a deploy or an attach that failed, in reverse, and goes on with it after a crash until every device is back. */
import { BerthError } from '../model/errors.ts'
import type { DeviceFault, VmEvent } from '../model/event.ts'
import type { AttachOrder, DeployOrder, JournalEntry } from '../model/order.ts'
import { eventOf, notReleased, releaseFailed } from './events.ts'
import { faultsIn } from './faults.ts'
import { type OriginalDrivers, originalDrivers } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { returnDevices } from './return-devices.ts'

/** Why the deploy failed. */
export interface Failure {
  readonly code: string
  readonly message: string
  /** Devices that are to blame. */
  readonly faults: readonly DeviceFault[]
  /** Where it stands in the journal: how far its undoing is. */
  readonly undoing?: Undoing
}

interface Undoing {
  readonly done: boolean
  /** Devices that came back other than they were handed out. */
  readonly distrusted: readonly DeviceFault[]
}

const STEP = 'undo'

/** The failure that an earlier run of this order wrote down; null = it had not failed. */
export function failureWrittenDown(journal: readonly JournalEntry[]): Failure | null {
  const begun = journal.find((entry) => entry.step === STEP && entry.state === 'begun')
  if (begun === undefined) return null
  const { code, message, faults } = begun.facts
  const end = journal.find((entry) => entry.step === STEP && entry.state === 'done')
  const undoing = { done: end !== undefined, distrusted: faultsIn(end?.facts.distrusted) }
  return { code: String(code), message: String(message), faults: faultsIn(faults), undoing }
}

/**
 * `deploy-failed` or `attach-failed` when everything is as it was before; `release-failed` with the devices that are not: their
 * claims stay, and the order, tried again, comes back here. `takeOut` = the reverse of what gave the domain its devices.
 */
export async function undo(
  order: DeployOrder | AttachOrder,
  failure: Failure,
  takeOut: () => Promise<void>,
  ports: DeployPorts,
): Promise<VmEvent> {
  const { code, message, faults, undoing } = failure
  if (undoing?.done === true) return failed(order, failure, undoing.distrusted)
  ports.onStep?.(`undoing: ${message}`)
  // From here on there is no way forward for this order, whoever goes on with it.
  if (undoing === undefined)
    await ports.journal.append(order, { step: STEP, state: 'begun', facts: { code, message, faults } })
  const journal = await ports.journal.load(order)
  const originals = originalDrivers(order, journal)
  // Nothing written down = nothing was unbound and no domain made: there is no need even to ask libvirt, which may be the trouble.
  const back = originals === null ? [] : await takeBack(order, journal, originals, takeOut, ports)
  if ('kind' in back) return back
  await ports.journal.append(order, { step: STEP, state: 'done', facts: { distrusted: back } })
  return failed(order, failure, back)
}

function failed(
  order: DeployOrder | AttachOrder,
  failure: Failure,
  distrusted: readonly DeviceFault[],
): VmEvent {
  const { code, message, faults } = failure
  return eventOf(order, {
    ...{ kind: `${order.kind}-failed`, code, message },
    ...(faults.length > 0 && { faults }),
    ...(distrusted.length > 0 && { distrusted }),
  })
}

/** No domain has them and every device is back, these not as they were handed out; or the event that says what is missing. */
async function takeBack(
  order: DeployOrder | AttachOrder,
  journal: readonly JournalEntry[],
  originals: OriginalDrivers,
  takeOut: () => Promise<void>,
  ports: DeployPorts,
): Promise<readonly DeviceFault[] | VmEvent> {
  try {
    // Reverse of step 4.
    await takeOut()
    // Reverse of step 3, and of what libvirt did to the passed devices.
    const { missing, distrusted } = await returnDevices(order, originals, journal, ports)
    return missing.length > 0 ? notReleased(order, missing) : distrusted
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return releaseFailed(order, error)
  }
}
