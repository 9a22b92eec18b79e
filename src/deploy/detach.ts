/** Carries a detach order out: the guest lets go of devices, and they go back to the drivers that they came from. */
import { BerthError } from '../model/errors.ts'
import type { VmEvent } from '../model/event.ts'
import type { DetachOrder } from '../model/order.ts'
import { bringBack } from './bring-back.ts'
import { eventOf, notReleased, releaseFailed } from './events.ts'
import { originalDrivers } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { takeOut } from './take-out.ts'

/**
 * Call it under the host's lock. Outcomes: `detached`, or `release-failed` while the guest keeps a device or one does not come
 * back: the order is tried again.
 */
export async function detach(order: DetachOrder, ports: DeployPorts): Promise<VmEvent> {
  const journal = await ports.journal.load(order)
  if (journal.some((entry) => entry.step === 'bring-back')) return eventOf(order, { kind: 'detached' })
  try {
    // Step 1: out of the domain. A domain that has ended meanwhile has let go of everything.
    await takeOut(order, ports)
    // Step 2: no domain of this order has them. Managed devices were rebound by libvirt; the others are Berth's to give back.
    const originals = originalDrivers(order, await ports.journal.loadGiving(order))
    const missing = originals === null ? [] : await bringBack(order, originals, ports)
    if (missing.length > 0) return notReleased(order, missing)
    await ports.journal.append(order, { step: 'bring-back', state: 'done', facts: {} })
    return eventOf(order, { kind: 'detached' })
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return releaseFailed(order, error)
  }
}
