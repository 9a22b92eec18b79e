/** Ends an order's domain: asks the guest first, then pulls the plug; that it is gone is read from the hypervisor's list. */
import { domainName } from '../libvirt/domain-xml.ts'
import { CommandFailed } from '../model/errors.ts'
import type { Order } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import { type DeployPorts, waitFor } from './ports.ts'
import { isDomainOf } from './promise.ts'

/** QEMU needs a while to let go of much memory and of passed devices. */
const GONE_MS = 120_000

/** The running domain that this order's VM and epoch has; null = none. A domain of another epoch or owner is left alone. */
export async function ownDomain(order: Order, ports: DeployPorts): Promise<RunningDomain | null> {
  const domain = await ports.hypervisor.find(domainName(order.vm))
  return domain !== null && isDomainOf(order, domain) ? domain : null
}

/** Asks the guest to power off and waits until `deadline` (ms since the epoch). True = its domain is gone. */
export async function askToEnd(order: Order, deadline: number, ports: DeployPorts): Promise<boolean> {
  const domain = await ownDomain(order, ports)
  if (domain === null) return true
  const left = deadline - ports.clock.now()
  if (left <= 0) return false
  ports.onStep?.(`shutting ${domain.name} down, ${Math.ceil(left / 1000)} s at most`)
  await ports.hypervisor.shutdown(domain.uuid)
  return waitFor(ports.clock, left, async () => (await ownDomain(order, ports)) === null)
}

/** Ends the domain at once; CommandFailed `domain-remains` when it is still listed long after. */
export async function makeEnd(order: Order, ports: DeployPorts): Promise<void> {
  const domain = await ownDomain(order, ports)
  if (domain === null) return
  ports.onStep?.(`destroying ${domain.name}`)
  await ports.hypervisor.destroy(domain.uuid)
  if (await waitFor(ports.clock, GONE_MS, async () => (await ownDomain(order, ports)) === null)) return
  throw new CommandFailed(
    'domain-remains',
    `${domain.name} still runs ${GONE_MS / 1000} s after it was destroyed; see the kernel log for a QEMU that hangs in a device`,
    { domain: domain.name, uuid: domain.uuid },
  )
}
