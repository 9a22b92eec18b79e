/** Carries a detach order out: the guest lets go of devices, and they go back to the drivers that they came from. */
import { BerthError } from '../model/errors.ts'
import type { VmEvent } from '../model/event.ts'
import type { DetachOrder } from '../model/order.ts'
import { detached, notReleased, releaseFailed } from './events.ts'
import { faultsIn } from './faults.ts'
import { originalDrivers } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { NOTHING, returnDevices } from './return-devices.ts'
import { takeOut } from './take-out.ts'

/**
 * Call it under the host's lock. Outcomes: `detached`, or `release-failed` while the guest keeps a device or one does not come
 * back: the order is tried again.
 */
export async function detach(order: DetachOrder, ports: DeployPorts): Promise<VmEvent> {
  const journal = await ports.journal.load(order)
  const done = journal.find((entry) => entry.step === 'bring-back')
  if (done !== undefined) return detached(order, faultsIn(done.facts.distrusted))
  try {
    // Step 1: out of the domain. A domain that has ended meanwhile has let go of everything.
    await takeOut(order, order.usb ?? [], ports)
    // Step 2: no domain of this order has them. Managed devices were rebound by libvirt; the others are Berth's to give back.
    const giving = await ports.journal.loadGiving(order)
    const originals = originalDrivers(order, giving)
    const { missing, distrusted } =
      originals === null ? NOTHING : await returnDevices(order, originals, giving, ports)
    if (missing.length > 0) return notReleased(order, missing)
    await ports.journal.append(order, { step: 'bring-back', state: 'done', facts: { distrusted } })
    return detached(order, distrusted)
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return releaseFailed(order, error)
  }
}
