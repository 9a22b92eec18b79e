/** Takes devices out of the running domain: asks, and believes only the domain's own XML. Shared by detach and the undoing of attach. */
import { hostdevDocument } from '../libvirt/hostdev-xml.ts'
import { usbHostdevDocument } from '../libvirt/usb-xml.ts'
import { BerthError, CommandFailed } from '../model/errors.ts'
import type { HotplugOrder, PromisedUsbDevice } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import { ownDomain } from './end-domain.ts'
import { type DeployPorts, waitFor } from './ports.ts'
import { holdsUsb } from './usb-promise.ts'

/** A guest's driver may take its time; one that does not listen is asked again later. */
const LET_GO_MS = 30_000

/** One thing to be let go of: how it is called, whether a domain has it, and the XML that asks for it. */
interface Plugged {
  readonly name: string
  readonly xml: () => string
  readonly isIn: (domain: RunningDomain) => boolean
}

/**
 * Returns when the order's domain has none of the order's passed devices and of `usb`, or runs no more. CommandFailed
 * `guest-keeps-device` while it has: the guest has not let go, whatever libvirt said.
 */
export async function takeOut(
  order: HotplugOrder,
  usb: readonly PromisedUsbDevice[],
  ports: DeployPorts,
): Promise<void> {
  const all = pluggedBy(order, usb)
  const kept = (domain: RunningDomain | null) => all.filter(({ isIn }) => domain !== null && isIn(domain))
  const domain = await ownDomain(order, ports)
  if (domain === null) return
  for (const { name, xml } of kept(domain)) {
    ports.onStep?.(`asking ${domain.name} to let go of ${name}`)
    await ask(() => ports.hypervisor.detach(domain.uuid, xml()), ports)
  }
  const gone = () => ownDomain(order, ports).then((now) => kept(now).length === 0)
  if (await waitFor(ports.clock, LET_GO_MS, gone)) return
  const names = kept(await ownDomain(order, ports)).map(({ name }) => name)
  if (names.length === 0) return
  throw new CommandFailed(
    'guest-keeps-device',
    `the guest of ${domain.name} has not let go of ${names.join(', ')}: it does not answer the unplug (still booting, hung, or its driver is busy); it is asked again, and keeps the device until then`,
    { domain: domain.name, devices: names },
  )
}

function pluggedBy({ devices }: HotplugOrder, usb: readonly PromisedUsbDevice[]): readonly Plugged[] {
  const passed = devices.filter(({ role }) => role === 'passed')
  return [
    ...passed.map((device) => ({
      name: device.address,
      xml: () => hostdevDocument(device),
      isIn: ({ hostdevs }: RunningDomain) => hostdevs.includes(device.address),
    })),
    ...usb.map((device) => ({
      name: `USB device ${device.port}`,
      xml: () => usbHostdevDocument(device),
      isIn: (domain: RunningDomain) => holdsUsb(domain, device),
    })),
  ]
}

/** A refusal, as of an unplug that is under way already, is told only: whether the device has left is looked at anyway. */
async function ask(work: () => Promise<void>, ports: DeployPorts): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    ports.onStep?.(error.message)
  }
}
