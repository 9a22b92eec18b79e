/** Ends an order's domain: asks the guest first, then pulls the plug; that it is gone is read from the hypervisor's list. */
import { domainName } from '../libvirt/domain-name.ts'
import { BerthError, CommandFailed } from '../model/errors.ts'
import type { VmOrder } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import { type DeployPorts, waitFor } from './ports.ts'
import { isDomainOf } from './promise.ts'

/** QEMU needs a while to let go of much memory and of passed devices. */
const GONE_MS = 120_000

/** The running domain that this order's VM and epoch has; null = none. A domain of another epoch or owner is left alone. */
export async function ownDomain(order: VmOrder, ports: DeployPorts): Promise<RunningDomain | null> {
  const domain = await ports.hypervisor.find(domainName(order.vm))
  return domain !== null && isDomainOf(order, domain) ? domain : null
}

/** A guest that is still booting does not hear the first press of the power button. */
const ASK_AGAIN_MS = 20_000

/**
 * Asks the guest to power off, again and again, until `deadline` (ms since the epoch). True = its domain is gone. That libvirt
 * refuses to ask is told to `onStep` only: the domain is then ended the other way.
 */
export async function askToEnd(order: VmOrder, deadline: number, ports: DeployPorts): Promise<boolean> {
  let askAt = ports.clock.now()
  return waitFor(ports.clock, deadline - ports.clock.now(), async () => {
    const domain = await ownDomain(order, ports)
    if (domain === null) return true
    const now = ports.clock.now()
    if (now < askAt || now >= deadline) return false
    askAt = now + ASK_AGAIN_MS
    ports.onStep?.(`asking ${domain.name} to shut down, ${Math.ceil((deadline - now) / 1000)} s left`)
    await ask(domain, ports)
    return false
  })
}

async function ask(domain: RunningDomain, ports: DeployPorts): Promise<void> {
  try {
    await ports.hypervisor.shutdown(domain.uuid)
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    ports.onStep?.(error.message)
  }
}

/** Ends the domain at once; CommandFailed `domain-remains` when it is still listed long after. */
export async function makeEnd(order: VmOrder, ports: DeployPorts): Promise<void> {
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
