/** What giving devices to a domain that is made and to one that runs has in common: binding, and believing only the links. */
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import { CommandFailed } from '../model/errors.ts'
import type { JournalEntry, VmOrder } from '../model/order.ts'
import { bindToVfio, currentDriver } from '../vfio/driver.ts'
import { bindOptions, type DeployPorts } from './ports.ts'

export function wrote(journal: readonly JournalEntry[], step: string, state: JournalEntry['state']): boolean {
  return journal.some((entry) => entry.step === step && entry.state === state)
}

/** Mates, and what Berth binds in libvirt's place; `drivers` as they were written down. */
export async function bindUnmanaged(
  order: VmOrder,
  drivers: ReadonlyMap<Address, string | null>,
  ports: DeployPorts,
): Promise<void> {
  for (const { address, role, managed } of order.devices) {
    // A mate that had no driver is no obstacle to vfio and is left as it is.
    if (role === 'held' ? drivers.get(address) === null : managed) continue
    ports.onStep?.(`binding ${role === 'held' ? 'group mate ' : ''}${address} to vfio-pci`)
    await bindToVfio(ports.sysfs, address, bindOptions(ports))
  }
}

/** CommandFailed `driver-not-vfio` for one that is elsewhere although the domain has it. */
export async function verifyDrivers(order: VmOrder, ports: DeployPorts): Promise<void> {
  for (const { address, role } of order.devices) {
    const driver = await currentDriver(ports.sysfs, address)
    if (driver === VFIO_PCI || (role === 'held' && driver === null)) continue
    throw new CommandFailed(
      'driver-not-vfio',
      `${address} is on ${driver ?? 'no driver'} and not on vfio-pci, although the domain runs; see the kernel log`,
      { address, driver },
    )
  }
}
