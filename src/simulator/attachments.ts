/** What a device's driver makes of it: network interfaces and disks, which come and go with the driver. */
import { removeBlock, writeBlock } from './block-files.ts'
import { ueventText } from './device-files.ts'
import type { TreeFiles } from './files.ts'
import type { PlacedFunction } from './layout.ts'
import type { MachineDescription } from './machine.ts'
import { interfacesOf, removeInterface, writeInterface } from './network-files.ts'
import { removeUsb, writeUsb } from './usb-files.ts'

/**
 * Links device and driver and brings up what the driver that the description names offers. `configured` = as the running
 * system has set it up (at boot); otherwise interfaces come back down and in no bridge or bond.
 */
export function attachDriver(
  files: TreeFiles,
  machine: MachineDescription,
  placed: PlacedFunction,
  driver: string,
  configured: boolean,
): void {
  const { fn, dir } = placed
  files.link(`bus/pci/drivers/${driver}/${fn.address}`, dir)
  files.file(`${dir}/uevent`, ueventText(fn, driver))
  if (driver === fn.driver) writeOffers(files, machine, placed, configured)
  // Last: until it is there, nothing has been bound.
  files.link(`${dir}/driver`, `bus/pci/drivers/${driver}`)
}

function writeOffers(
  files: TreeFiles,
  machine: MachineDescription,
  placed: PlacedFunction,
  configured: boolean,
): void {
  const { fn, dir } = placed
  for (const nic of interfacesOf(machine, placed)) {
    const present = configured ? nic : { ...nic, up: false, master: null }
    writeInterface(files, machine, present, `${dir}/net/${nic.name}`)
  }
  writeUsb(files, machine, fn.address, dir)
  for (const block of machine.blocks) {
    if (block.on === fn.address) writeBlock(files, machine, block, dir)
  }
}

/** The reverse: the driver's link and everything that hung on it is gone. */
export function detachDriver(
  files: TreeFiles,
  machine: MachineDescription,
  placed: PlacedFunction,
  driver: string,
): void {
  const { fn, dir } = placed
  files.remove(`${dir}/driver`)
  files.remove(`bus/pci/drivers/${driver}/${fn.address}`)
  files.file(`${dir}/uevent`, ueventText(fn, null))
  for (const nic of interfacesOf(machine, placed)) removeInterface(files, nic)
  if (interfacesOf(machine, placed).length > 0) files.remove(`${dir}/net`)
  for (const block of machine.blocks) {
    if (block.on === fn.address) removeBlock(files, machine, block, dir)
  }
  removeUsb(files, machine, fn.address, dir)
}
