/** Carries a release order out: ends the domain, then verifies every device, and that it is back on the driver it came from. */
import { domainName, domainUuid } from '../libvirt/domain-name.ts'
import { BerthError, Conflict } from '../model/errors.ts'
import type { VmEvent } from '../model/event.ts'
import type { JournalEntry, ReleaseOrder } from '../model/order.ts'
import { askToEnd, makeEnd } from './end-domain.ts'
import { notReleased, released, releaseFailed } from './events.ts'
import { faultsIn } from './faults.ts'
import { originalDrivers } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { NOTHING, returnDevices } from './return-devices.ts'

/**
 * Outcomes: `released`, perhaps with devices that are not to be trusted any more, or `release-failed` with the devices that are not back; the order can then be tried again. Takes the
 * host's lock by itself, after the guest's grace time.
 */
export async function release(order: ReleaseOrder, ports: DeployPorts): Promise<VmEvent> {
  const journal = await ports.journal.load(order)
  const done = journal.find((entry) => entry.step === 'bring-back')
  if (done !== undefined) return released(order, faultsIn(done.facts.distrusted))
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
  const giving = await ports.journal.loadGiving(order)
  const originals = originalDrivers(order, giving)
  if (originals === null) ports.onStep?.('no driver was written down: the deploy had not touched any device')
  const { missing, distrusted } =
    originals === null ? NOTHING : await returnDevices(order, originals, giving, ports)
  if (missing.length > 0) return notReleased(order, missing)
  // Step 4: the VM's UEFI variables, where it ends for good. Nothing of it runs here any more that could need them.
  if (order.forgetFirmware === true) await forgetFirmware(order, ports)
  await ports.journal.append(order, { step: 'bring-back', state: 'done', facts: { distrusted } })
  return released(order, distrusted)
}

/** A domain of another epoch that was given up here may still run, and starts from the same file: it is an operator's to end. */
async function forgetFirmware(order: ReleaseOrder, ports: DeployPorts): Promise<void> {
  const domain = await ports.hypervisor.find(domainName(order.vm))
  if (domain !== null && domain.uuid === domainUuid(order))
    throw new Conflict(
      'nvram-in-use',
      `the UEFI variables of VM ${order.vm} are kept while its domain ${domain.name} of epoch ${domain.berth?.epoch ?? 'unknown'} runs here: shut that one down (virsh shutdown ${domain.name})`,
      { domain: domain.name, uuid: domain.uuid },
    )
  ports.onStep?.('deleting its UEFI variables')
  await ports.firmware.forget(order)
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
