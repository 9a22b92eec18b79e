/** Binding on a kernel without `driver_override` (before Linux 3.16): by id, and only where the id means this one device. */
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import { CommandFailed } from '../model/errors.ts'
import type { Sysfs } from './sysfs.ts'

export function hasOverride(sysfs: Sysfs, address: Address): Promise<boolean> {
  return sysfs.exists(`bus/pci/devices/${address}/driver_override`)
}

/**
 * Makes vfio-pci take the device, which must be on no driver, through `new_id`, and forgets the id again (Documentation/ABI/testing/sysfs-bus-pci).
 * CommandFailed `override-missing` where the id would match others, too: nothing is written then.
 */
export async function bindByNewId(sysfs: Sysfs, address: Address, timeoutMs: number): Promise<void> {
  const ids = await requireOwnIds(sysfs, address)
  const driver = `bus/pci/drivers/${VFIO_PCI}`
  await sysfs.write(`${driver}/new_id`, ids, { timeoutMs })
  await sysfs.write(`${driver}/remove_id`, ids, { timeoutMs })
}

/** To that driver and no other, which must know the device. */
export function bindByName(sysfs: Sysfs, address: Address, driver: string, timeoutMs: number): Promise<void> {
  return sysfs.write(`bus/pci/drivers/${driver}/bind`, address, { timeoutMs })
}

/** `10de 20b0`, as `new_id` takes it. */
export async function requireOwnIds(sysfs: Sysfs, address: Address): Promise<string> {
  const idsOf = async (name: string) => {
    const read = (file: string) => sysfs.read(`bus/pci/devices/${name}/${file}`)
    return `${await read('vendor')} ${await read('device')}`.replaceAll('0x', '')
  }
  const ids = await idsOf(address)
  const names = await sysfs.list('bus/pci/devices')
  const same = (await Promise.all(names.map(idsOf))).filter((other) => other === ids).length
  if (same === 1) return ids
  throw new CommandFailed(
    'override-missing',
    `This kernel has no driver_override, and ${same} devices have the ids ${ids} of ${address}: vfio-pci would take all of them. Use Linux 3.16 or newer.`,
    { address, ids, same },
  )
}
