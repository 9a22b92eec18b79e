/** Brings an order's devices back to the drivers that were written down, and says which did not come. */
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import { BerthError } from '../model/errors.ts'
import type { DeviceFault } from '../model/event.ts'
import { type PromisedDevice, RESET, type VmOrder } from '../model/order.ts'
import type { RunningDomain } from '../model/usage.ts'
import { currentDriver, giveBack } from '../vfio/driver.ts'
import { resetFunction } from '../vfio/reset.ts'
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
  order: VmOrder,
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
  for (const device of devices) {
    const { address } = device
    const holder = holders.get(address)
    if (holder !== undefined) missing.push(heldBy(address, holder))
    else if (!(await hostHasTaken(address, used, ports))) {
      const failure = await back(order, device, originals, ports)
      if (failure !== null) missing.push(failure)
    }
  }
  return missing
}

export interface Holder {
  readonly code: 'device-in-domain' | 'vfio-open'
  /** `the running domain web-1`, `process 812 (qemu-system-x86)`. */
  readonly who: string
}

/**
 * Who holds each device, itself or another of its IOMMU group: while one of a group is with a VM, the kernel refuses the others
 * a host driver and would leave them without any, and unbinding one that is open waits in the kernel until it is closed.
 */
export function holdersOf(
  present: PresentFacts,
  domains: readonly RunningDomain[],
): ReadonlyMap<Address, Holder> {
  const groups = new Map(present.devices.map((device) => [device.address, device.iommuGroup]))
  const holders = new Map<Address, Holder>()
  for (const { address, reason, detail } of present.usage)
    if (reason === 'vfio') holders.set(address, { code: 'vfio-open', who: detail })
  for (const domain of domains) {
    const holder: Holder = { code: 'device-in-domain', who: `the running domain ${domain.name}` }
    const held = new Set(domain.hostdevs.map((address) => groups.get(address) ?? null))
    for (const [address, group] of groups) if (group !== null && held.has(group)) holders.set(address, holder)
    for (const address of domain.hostdevs) holders.set(address, holder)
  }
  return holders
}

/** libvirt is still at it while a device is on vfio-pci or on nothing and does not belong there. */
async function waitForLibvirt(order: VmOrder, originals: OriginalDrivers, ports: DeployPorts): Promise<void> {
  const passed = order.devices.filter(({ role, managed }) => role === 'passed' && managed)
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
  order: VmOrder,
  { address, role, managed }: PromisedDevice,
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
    // libvirt has reset what it manages; nobody has reset this one.
    if (role === 'passed' && !managed) await reset(order, address, ports)
    await giveBack(ports.sysfs, address, original, bindOptions(ports))
    return null
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return { address, code: error.code, message: error.message }
  }
}

/** Only while it is where its guest left it: on another driver it is the host's by now, after an interrupted run. */
async function reset(order: VmOrder, address: Address, ports: DeployPorts): Promise<void> {
  if ((await currentDriver(ports.sysfs, address)) !== VFIO_PCI) return
  const outcome = await resetFunction(ports.sysfs, address, bindOptions(ports).timeoutMs)
  if (outcome === 'reset')
    await ports.journal.append(order, { step: RESET, state: 'done', facts: { address } })
  if (outcome === 'no-method') ports.onStep?.(`${address} cannot be reset: the kernel knows no way to`)
  if (outcome === 'would-reset-others') ports.onStep?.(`${address} is not reset: its whole bus would be`)
}

function heldBy(address: Address, { code, who }: Holder): DeviceFault {
  return {
    address,
    code,
    message: `${address} or a mate of its IOMMU group is held by ${who}; it comes back when that ends`,
  }
}
