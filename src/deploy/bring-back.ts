/** Brings an order's devices back to the drivers that were written down, and says which did not come. */
import type { Address } from '../model/address.ts'
import { BerthError } from '../model/errors.ts'
import type { DeviceFault } from '../model/event.ts'
import type { Order } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import { currentDriver, giveBack, VFIO_PCI } from '../vfio/driver.ts'
import { type OriginalDrivers, rebooted } from './original-drivers.ts'
import { bindOptions, type DeployPorts, type PresentFacts, waitFor } from './ports.ts'

/** libvirt rebinds managed devices after the domain has left its list: time for slow drivers. */
const SETTLE_MS = 30_000

/**
 * For each device: on its driver, or why not. One that does not come keeps none of the others from coming. Never touches a
 * device that a running domain holds, nor its mates (`device-in-domain`), or that the host has taken into use since. After a reboot the
 * drivers that the kernel bound are the answer; a device that is not there any more has nothing to be given back to. Call it under the host's lock, after the order's domain is gone.
 */
export async function bringBack(
  order: Order,
  originals: OriginalDrivers,
  ports: DeployPorts,
): Promise<readonly DeviceFault[]> {
  const present = await ports.facts()
  if (rebooted(originals.bootId, present.bootId)) {
    ports.onStep?.('the host was rebooted: the kernel has bound its drivers anew')
    return []
  }
  const used = new Set(present.usage.filter((one) => one.reason !== 'domain').map((one) => one.address))
  await waitForLibvirt(order, originals, ports)
  const holders = holdersOf(present, await ports.hypervisor.list())
  const missing: DeviceFault[] = []
  // Passed devices first, as libvirt had them last.
  const devices = [...order.devices].sort((a, b) => Number(a.role === 'held') - Number(b.role === 'held'))
  for (const { address } of devices) {
    const holder = holders.get(address)
    if (holder !== undefined) missing.push(heldBy(address, holder))
    else if (!(await hostHasTaken(address, used, ports))) {
      const failure = await back(address, originals, ports)
      if (failure !== null) missing.push(failure)
    }
  }
  return missing
}

/**
 * The name of the running domain that holds each device, itself or another of its IOMMU group: while one of a group is with a
 * VM, the kernel refuses the others a host driver and would leave them without any.
 */
function holdersOf(present: PresentFacts, domains: readonly RunningDomain[]): ReadonlyMap<Address, string> {
  const groups = new Map(present.devices.map((device) => [device.address, device.iommuGroup]))
  const holders = new Map<Address, string>()
  for (const domain of domains) {
    const held = new Set(domain.hostdevs.map((address) => groups.get(address) ?? null))
    for (const [address, group] of groups)
      if (group !== null && held.has(group)) holders.set(address, domain.name)
    for (const address of domain.hostdevs) holders.set(address, domain.name)
  }
  return holders
}

/** libvirt is still at it while a device is on vfio-pci or on nothing and does not belong there. */
async function waitForLibvirt(order: Order, originals: OriginalDrivers, ports: DeployPorts): Promise<void> {
  const passed = order.devices.filter((device) => device.role === 'passed')
  await waitFor(ports.clock, SETTLE_MS, async () => {
    for (const { address } of passed) {
      const driver = await currentDriver(ports.sysfs, address)
      const wanted = originals.drivers.get(address)
      const underWay = driver === VFIO_PCI || driver === null
      if (wanted !== undefined && driver !== wanted && underWay && (await isThere(address, ports)))
        return false
    }
    return true
  })
}

function isThere(address: Address, ports: DeployPorts): Promise<boolean> {
  return ports.sysfs.exists(`bus/pci/devices/${address}`)
}

async function hostHasTaken(
  address: Address,
  used: ReadonlySet<Address>,
  ports: DeployPorts,
): Promise<boolean> {
  const driver = await currentDriver(ports.sysfs, address)
  if (driver === null || driver === VFIO_PCI || !used.has(address)) return false
  ports.onStep?.(`${address} is in use by the host with driver ${driver}: left there`)
  return true
}

async function back(
  address: Address,
  originals: OriginalDrivers,
  ports: DeployPorts,
): Promise<DeviceFault | null> {
  const original = originals.drivers.get(address)
  if (original === undefined) return null
  if (!(await isThere(address, ports))) {
    ports.onStep?.(`${address} is not there any more: nothing to give back`)
    return null
  }
  ports.onStep?.(`${address} back to ${original ?? 'no driver'}`)
  try {
    await giveBack(ports.sysfs, address, original, bindOptions(ports))
    return null
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return { address, code: error.code, message: error.message }
  }
}

function heldBy(address: Address, domain: string): DeviceFault {
  return {
    address,
    code: 'device-in-domain',
    message: `${address} or a mate of its IOMMU group is held by the running domain ${domain}; it comes back when that domain ends`,
  }
}
