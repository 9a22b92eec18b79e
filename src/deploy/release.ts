/** Carries a release order out: ends the domain, then verifies that every device is back on the driver it came from. */
import { BerthError } from '../model/errors.ts'
import type { VmEvent } from '../model/event.ts'
import type { JournalEntry, ReleaseOrder } from '../model/order.ts'
import { bringBack } from './bring-back.ts'
import { askToEnd, makeEnd } from './end-domain.ts'
import { eventOf, notReleased, releaseFailed } from './events.ts'
import { originalDrivers } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { withVfNetwork } from './vf-network.ts'

/**
 * Outcomes: `released`, or `release-failed` with the devices that are not back; the order can then be tried again. Takes the
 * host's lock by itself, after the guest's grace time.
 */
export async function release(order: ReleaseOrder, ports: DeployPorts): Promise<VmEvent> {
  const journal = await ports.journal.load(order)
  if (journal.some((entry) => entry.step === 'bring-back')) return eventOf(order, { kind: 'released' })
  try {
    // Step 1: ask the guest to end. Its devices are still its own; other orders of this host need not wait for it.
    await askToEnd(order, await deadlineOf(order, journal, ports), ports)
    return await ports.lock(() => endAndBringBack(order, ports))
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return releaseFailed(order, error)
  }
}

async function endAndBringBack(order: ReleaseOrder, ports: DeployPorts): Promise<VmEvent> {
  // Step 2: end the domain, if it has not ended by itself.
  await makeEnd(order, ports)
  // Step 3: no domain of this order runs any more. Managed devices were rebound by libvirt; mates are Berth's to give back.
  const deploy = await ports.journal.loadDeploy(order)
  const originals = originalDrivers(order, deploy)
  if (originals === null) ports.onStep?.('no driver was written down: the deploy had not touched any device')
  const away = originals === null ? [] : await bringBack(order, originals, ports)
  // What libvirt set on VFs for the guest is not to be found on them by the next one.
  const missing = await withVfNetwork(away, deploy, ports)
  if (missing.length > 0) return notReleased(order, missing)
  await ports.journal.append(order, { step: 'bring-back', state: 'done', facts: {} })
  return eventOf(order, { kind: 'released' })
}

/** When the guest's grace ends, in ms since the epoch: counted from the first try, not anew after a crash. */
async function deadlineOf(
  order: ReleaseOrder,
  journal: readonly JournalEntry[],
  ports: DeployPorts,
): Promise<number> {
  const asked = journal.find((entry) => entry.step === 'shutdown')?.facts.at
  if (typeof asked === 'number') return asked + order.graceSeconds * 1000
  const at = ports.clock.now()
  await ports.journal.append(order, { step: 'shutdown', state: 'begun', facts: { at } })
  return at + order.graceSeconds * 1000
}
