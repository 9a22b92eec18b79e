/** Carries an attach order out: the running domain gets more devices; five steps as a deploy's, each repeatable, undone when one fails. */
import { domainName } from '../libvirt/domain-name.ts'
import { hostdevDocument } from '../libvirt/hostdev-xml.ts'
import { usbHostdevDocument } from '../libvirt/usb-xml.ts'
import { BerthError, CommandFailed, Conflict } from '../model/errors.ts'
import type { VmEvent } from '../model/event.ts'
import type { AttachOrder, JournalEntry, PromisedDevice, PromisedUsbDevice } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import { usbNumbersText } from '../model/usb-device.ts'
import { ownDomain } from './end-domain.ts'
import { eventOf } from './events.ts'
import { blamed } from './faults.ts'
import { bindUnmanaged, verifyDrivers, wrote } from './give.ts'
import { writeDownDrivers } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { assertPromiseHolds } from './promise.ts'
import { takeOut } from './take-out.ts'
import { failureWrittenDown, undo } from './undo.ts'
import { assertControllersFree, holdsUsb, presentUsb } from './usb-promise.ts'
import { assertPfsUp, verifyVfNetwork, writeDownVfNetwork } from './vf-network.ts'

/** Call it under the host's lock. Outcomes: `attached`, `attach-failed` (all undone), `release-failed` (not all came back). */
export async function attach(order: AttachOrder, ports: DeployPorts): Promise<VmEvent> {
  const journal = await ports.journal.load(order)
  const failure = failureWrittenDown(journal)
  const back = async () => takeOut(order, usbWritten(order, await ports.journal.load(order)), ports)
  if (failure !== null) return undo(order, failure, back, ports)
  // Done in an earlier run whose event was lost.
  if (wrote(journal, 'verify', 'done')) return eventOf(order, { kind: 'attached' })
  try {
    await plugIn(order, ports)
    return eventOf(order, { kind: 'attached' })
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    const { code, message } = error
    return undo(order, { code, message, faults: blamed(order, error) }, back, ports)
  }
}

async function plugIn(order: AttachOrder, ports: DeployPorts): Promise<void> {
  const passed = order.devices.filter(({ role }) => role === 'passed')
  // Step 1: check. What an interrupted run has plugged in already is its own, and no obstacle.
  ports.onStep?.('checking that the promised devices are there and free')
  const domain = await mustRun(order, ports)
  const present = await ports.facts()
  assertPromiseHolds(order, present)
  await assertPfsUp(order, ports)
  assertControllersFree(order, present)
  const usb = presentUsb(order, present)
  // Step 2: write the original drivers down.
  const journal = await ports.journal.load(order)
  const { drivers } = await writeDownDrivers(order, journal, present.bootId, ports)
  await writeDownVfNetwork(order, journal, ports)
  // Step 3: bind what libvirt does not.
  await bindUnmanaged(order, drivers, ports)
  // Step 4: plug in. Every group is free of host drivers, but for managed devices, which libvirt binds.
  for (const device of passed.filter(({ address }) => !domain.hostdevs.includes(address)))
    await plug(domain, device.address, hostdevDocument(device), ports)
  await ports.journal.append(order, { step: PLUG, state: 'begun', facts: { usb } })
  for (const device of usb.filter((one) => !holdsUsb(domain, one)))
    await plug(domain, `USB device ${device.port}`, usbHostdevDocument(device), ports)
  // Step 5: verify. From here on nothing is trusted but what libvirt and the kernel show.
  const after = await mustRun(order, ports)
  const missing = passed.filter(({ address }) => !after.hostdevs.includes(address))
  if (missing.length > 0) throw notThere(after, passed)
  for (const device of usb.filter((one) => !holdsUsb(after, one))) throw usbNotThere(after, device)
  await verifyDrivers(order, ports)
  await verifyVfNetwork(order, ports)
  await ports.journal.append(order, { step: 'verify', state: 'done', facts: {} })
}

async function plug(domain: RunningDomain, what: string, xml: string, ports: DeployPorts): Promise<void> {
  ports.onStep?.(`plugging ${what} into ${domain.name}`)
  await ports.hypervisor.attach(domain.uuid, xml)
}

const PLUG = 'plug'

/** With the numbers that they were plugged in by: a device that was plugged in anew since has others. */
function usbWritten(order: AttachOrder, journal: readonly JournalEntry[]): readonly PromisedUsbDevice[] {
  const written: unknown = journal.findLast(({ step }) => step === PLUG)?.facts.usb
  const numbers: readonly unknown[] = Array.isArray(written) ? written : []
  return (order.usb ?? []).map((device, index) => {
    const at: unknown = numbers[index]
    if (typeof at !== 'object' || at === null || !('bus' in at && 'device' in at)) return device
    return { ...device, bus: Number(at.bus), device: Number(at.device) }
  })
}

async function mustRun(order: AttachOrder, ports: DeployPorts): Promise<RunningDomain> {
  const domain = await ownDomain(order, ports)
  if (domain !== null) return domain
  const name = domainName(order.vm)
  throw new Conflict('domain-gone', `${name} does not run any more, so it can be given nothing`, {
    domain: name,
  })
}

function usbNotThere(domain: RunningDomain, device: PromisedUsbDevice): CommandFailed {
  return new CommandFailed(
    'hostdevs-differ',
    `libvirt said that ${domain.name} has USB device ${device.port} now, and it has not; see libvirt's log`,
    { domain: domain.name, wanted: [usbNumbersText(device)], has: [] },
  )
}

function notThere(domain: RunningDomain, passed: readonly PromisedDevice[]): CommandFailed {
  const wanted = passed.map(({ address }) => address)
  return new CommandFailed(
    'hostdevs-differ',
    `libvirt said that ${domain.name} has ${wanted.join(', ')} now, and it has not; see libvirt's log`,
    { domain: domain.name, wanted, has: [...domain.hostdevs] },
  )
}
