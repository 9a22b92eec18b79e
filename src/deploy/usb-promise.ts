/** USB devices of a deploy: found again by what they are, under the numbers that they have now; held against the domain afterwards. Pure. */
import type { Address } from '../model/address.ts'
import { CommandFailed, Conflict } from '../model/errors.ts'
import type { AttachOrder, DeployOrder, JournalEntry, PromisedUsbDevice, VmOrder } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import {
  type ReportedUsbDevice,
  sameUsbDevice,
  type UsbNumbers,
  usbNumbersText,
} from '../model/usb-device.ts'
import { usbId } from '../model/usb-document.ts'
import type { PresentFacts } from './ports.ts'
import { isDomainOf } from './promise.ts'

/**
 * The order's USB devices with the numbers of this moment. Conflict `usb-missing`, `usb-changed`, `in-use-by-host` or
 * `device-in-domain` where one is not there, is another, or cannot be given now.
 */
export function presentUsb(
  order: DeployOrder | AttachOrder,
  present: PresentFacts,
): readonly PromisedUsbDevice[] {
  return (order.usb ?? []).map((promised) => {
    const found = foundAgain(promised, present.usb ?? [])
    assertFree(order, found, present)
    const { bus, device, port } = found
    return { ...promised, bus, device, port }
  })
}

/** Its identity tells; one that shares its serial with another by now is told by its port. */
function foundAgain(promised: PromisedUsbDevice, present: readonly ReportedUsbDevice[]): ReportedUsbDevice {
  const { identity, port, controller } = promised
  const samePlace = (one: ReportedUsbDevice) => one.port === port && one.controller === controller
  const candidates = [
    ...present.filter((one) => one.identity === identity),
    ...present.filter((one) => samePlace(one)),
  ]
  const found = candidates.find((one) => !one.hub && sameUsbDevice(one, promised))
  if (found !== undefined) return found
  const what = `USB device ${usbId(promised)} of port ${port}`
  const [other] = candidates
  const facts = { port, identity }
  if (other === undefined)
    throw new Conflict('usb-missing', `${what} is not there any more; plug it in again`, facts)
  throw new Conflict(
    'usb-changed',
    `${what} was promised, and ${usbId(other)} (serial ${other.serial ?? 'none'}) is there now; it is planned anew after the next probe`,
    facts,
  )
}

function assertFree(
  order: DeployOrder | AttachOrder,
  device: ReportedUsbDevice,
  present: PresentFacts,
): void {
  const what = `USB device ${device.port} (${usbId(device)})`
  const [use] = device.inUse
  if (use !== undefined)
    throw new Conflict('in-use-by-host', `${what} cannot be given: the host uses it (${use.detail})`, {
      port: device.port,
    })
  const holder = present.domains?.find((domain) => !isDomainOf(order, domain) && holdsUsb(domain, device))
  if (holder !== undefined)
    throw new Conflict(
      'device-in-domain',
      `${what} is held by the running domain ${holder.name}; shut that domain down or detach the device`,
      { port: device.port, domain: holder.name },
    )
}

export function holdsUsb({ usbHostdevs = [] }: RunningDomain, { bus, device }: UsbNumbers): boolean {
  return usbHostdevs.some((one) => one.bus === bus && one.device === device)
}

/** Conflict `usb-in-use` where a promised PCI device is the controller of a USB device that another running domain holds. */
export function assertControllersFree(order: VmOrder, present: PresentFacts): void {
  for (const { address } of order.devices) {
    const below = heldBelow(address, present, (domain) => !isDomainOf(order, domain))
    if (below === null) continue
    throw new Conflict(
      'usb-in-use',
      `${address} is the controller of ${below}; shut that domain down or detach the device`,
      { address },
    )
  }
}

/** `USB device 1-2, which the running domain web-1 holds`, of those below a controller; null = there is none. */
export function heldBelow(
  controller: Address,
  present: PresentFacts,
  counts: (domain: RunningDomain) => boolean = () => true,
): string | null {
  for (const device of present.usb ?? []) {
    if (device.controller !== controller) continue
    const holder = present.domains?.find((domain) => counts(domain) && holdsUsb(domain, device))
    if (holder !== undefined)
      return `USB device ${device.port}, which the running domain ${holder.name} holds`
  }
  return null
}

/** What a domain is created with, for the journal: later numbers may be others. */
export function usbToWrite(usb: readonly PromisedUsbDevice[]): Readonly<Record<string, unknown>> {
  return usb.length === 0 ? {} : { usb: usb.map(usbNumbersText) }
}

/** CommandFailed `hostdevs-differ` where the domain holds other USB devices than it was created with last. */
export function assertUsbInDomain(domain: RunningDomain, journal: readonly JournalEntry[]): void {
  const begun = journal.findLast(({ step, state }) => step === 'create' && state === 'begun')
  const written: unknown = begun?.facts.usb
  const wanted = Array.isArray(written) ? written.map(String).sort() : []
  const has = (domain.usbHostdevs ?? []).map(usbNumbersText).sort()
  if (has.join() === wanted.join()) return
  throw new CommandFailed(
    'hostdevs-differ',
    `${domain.name} was to hold USB device ${wanted.join(', ') || 'none'} and holds ${has.join(', ') || 'none'}; see libvirt's log`,
    { domain: domain.name, wanted, has },
  )
}
