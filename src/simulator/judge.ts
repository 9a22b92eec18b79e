/** When libvirt and VFIO refuse what a domain asks for, in their words: each function throws virsh's failure. */
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import type { RunningDomain } from '../model/usage.ts'
import type { UsbNumbers } from '../model/usb-device.ts'
import { currentDriver } from '../vfio/driver.ts'
import { groupMembers, groupOf } from '../vfio/group.ts'
import type { Sysfs } from '../vfio/sysfs.ts'
import { refused } from './refused.ts'
import type { MachineState } from './state.ts'
import { judgeUsb } from './usb-hostdev.ts'

export function judgeUsbDevices(
  state: MachineState,
  devices: readonly UsbNumbers[],
  running: readonly RunningDomain[],
): void {
  for (const numbers of devices) {
    const words = judgeUsb(state, numbers, running)
    if (words !== null) throw refused('create', words)
  }
}

export function judgeDomain(wanted: RunningDomain, running: readonly RunningDomain[]): void {
  if (wanted.name.includes('/')) throw refused('create', `XML error: name ${wanted.name} cannot contain '/'`)
  if (wanted.uuid === '') throw refused('create', `XML error: the simulator needs a <uuid> in ${wanted.name}`)
  const same = running.find(({ name, uuid }) => name === wanted.name || uuid === wanted.uuid)
  if (same) {
    throw refused('create', `operation failed: domain '${same.name}' already exists with uuid ${same.uuid}`)
  }
}

export function judgeDevice(state: MachineState, address: Address, running: readonly RunningDomain[]): void {
  const placed = state.place(address)
  if (placed === null) {
    const file = `/sys/bus/pci/devices/${address}/config`
    throw refused(
      'create',
      `Device ${address} not found: could not access ${file}: No such file or directory`,
    )
  }
  if (placed.fn.bridge) {
    throw refused(
      'create',
      'unsupported configuration: Non-endpoint PCI devices cannot be assigned to guests',
    )
  }
  if (state.machine.iommu === null) {
    throw refused('create', "unsupported configuration: host doesn't support passthrough of host PCI devices")
  }
  const holder = running.find((domain) => domain.hostdevs.includes(address))
  if (holder) {
    const words = `PCI device ${address} is in use by driver QEMU, domain ${holder.name}`
    throw refused('create', `Requested operation is not valid: ${words}`)
  }
}

export async function judgeUnmanaged(sysfs: Sysfs, address: Address): Promise<void> {
  if ((await currentDriver(sysfs, address)) === VFIO_PCI) return
  const words = `Unmanaged PCI device ${address} must be manually detached from the host`
  throw refused('create', `Requested operation is not valid: ${words}`)
}

/** Viable = no endpoint of the group is on a host driver; and no other domain has it open (Documentation/driver-api/vfio.rst). */
export async function judgeGroup(sysfs: Sysfs, state: MachineState, address: Address): Promise<void> {
  const group = await groupOf(sysfs, address)
  if (group === null) throw refused('create', `internal error: vfio ${address}: no iommu_group found`)
  const { endpoints } = await groupMembers(sysfs, group)
  if (endpoints.some(({ driver }) => driver !== null && driver !== VFIO_PCI)) {
    throw refused(
      'create',
      `internal error: QEMU unexpectedly closed the monitor: vfio ${address}: group ${group} is not viable\nPlease ensure all devices within the iommu_group are bound to their vfio bus driver.`,
    )
  }
  if (endpoints.some((endpoint) => state.open().includes(endpoint.address))) {
    throw refused(
      'create',
      `internal error: QEMU unexpectedly closed the monitor: vfio ${address}: failed to open /dev/vfio/${group}: Device or resource busy`,
    )
  }
}
