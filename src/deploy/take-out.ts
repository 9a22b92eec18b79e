/** Takes devices out of the running domain: asks, and believes only the domain's own XML. Shared by detach and the undoing of attach. */
import { hostdevDocument } from '../libvirt/hostdev-xml.ts'
import { BerthError, CommandFailed } from '../model/errors.ts'
import type { HotplugOrder } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import { ownDomain } from './end-domain.ts'
import { type DeployPorts, waitFor } from './ports.ts'

/** A guest's driver may take its time; one that does not listen is asked again later. */
const LET_GO_MS = 30_000

/**
 * Returns when the order's domain has none of the order's passed devices, or runs no more. CommandFailed `guest-keeps-device`
 * while it has: the guest has not let go, whatever libvirt said.
 */
export async function takeOut(order: HotplugOrder, ports: DeployPorts): Promise<void> {
  const passed = order.devices.filter(({ role }) => role === 'passed')
  const kept = (domain: RunningDomain | null) =>
    passed.filter(({ address }) => domain?.hostdevs.includes(address) === true)
  const domain = await ownDomain(order, ports)
  if (domain === null) return
  for (const device of kept(domain)) {
    ports.onStep?.(`asking ${domain.name} to let go of ${device.address}`)
    await ask(() => ports.hypervisor.detach(domain.uuid, hostdevDocument(device)), ports)
  }
  const gone = () => ownDomain(order, ports).then((now) => kept(now).length === 0)
  if (await waitFor(ports.clock, LET_GO_MS, gone)) return
  const addresses = kept(await ownDomain(order, ports)).map(({ address }) => address)
  if (addresses.length === 0) return
  throw new CommandFailed(
    'guest-keeps-device',
    `the guest of ${domain.name} has not let go of ${addresses.join(', ')}: it does not answer the unplug (still booting, hung, or its driver is busy); it is asked again, and keeps the device until then`,
    { domain: domain.name, addresses },
  )
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
