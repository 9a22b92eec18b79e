/** Before a device is free again: does it answer, and is it what was handed out? */
import { BerthError } from '../model/errors.ts'
import type { DeviceFault } from '../model/event.ts'
import type { PromisedDevice, VmOrder } from '../model/order.ts'
import type { ReportedDevice } from '../model/report.ts'
import { answers } from '../vfio/config-space.ts'
import { rebooted } from './original-drivers.ts'
import type { DeployPorts } from './ports.ts'
import { difference } from './promise.ts'

/**
 * Devices of the order that are there and not what it promised: `config-unreadable`, `device-changed`, `group-changed`. In another
 * boot than the order's its addresses may mean other devices: the next report tells these apart. Call it under the host's
 * lock, once the domain is gone and the devices are on their drivers.
 */
export async function verifyReturned(order: VmOrder, ports: DeployPorts): Promise<readonly DeviceFault[]> {
  const present = await ports.facts()
  if (rebooted(order.bootId, present.bootId)) return []
  const byAddress = new Map(present.devices.map((device) => [device.address, device]))
  const sameBoot = order.bootId !== null && order.bootId === present.bootId
  const faults: DeviceFault[] = []
  for (const promised of order.devices) {
    const device = byAddress.get(promised.address)
    const fault =
      (await silent(promised, device, ports)) ?? (device ? changed(promised, device, sameBoot) : null)
    if (fault !== null) faults.push(fault)
  }
  return faults
}

/** A VF has no vendor id of its own to answer with; one that is gone has nobody to ask. */
async function silent(
  { address }: PromisedDevice,
  device: ReportedDevice | undefined,
  { sysfs }: DeployPorts,
): Promise<DeviceFault | null> {
  if (device?.kind === 'vf' || !(await sysfs.exists(`bus/pci/devices/${address}`))) return null
  try {
    if (await answers(sysfs, address)) return null
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return unreadable(address, error.message)
  }
  return unreadable(address, 'reads of its configuration space come back as ffff')
}

function unreadable(address: PromisedDevice['address'], why: string): DeviceFault {
  const message = `${address} does not answer any more (${why}); a cold start of the host, power off and on, may bring it back`
  return { address, code: 'config-unreadable', message }
}

function changed(promised: PromisedDevice, device: ReportedDevice, sameBoot: boolean): DeviceFault | null {
  const { address } = promised
  const what = difference(promised, device)
  if (what !== null)
    return {
      address,
      code: 'device-changed',
      message: `${address} is another device than was handed out: ${what}`,
    }
  // Without a group it was when its claim lost it: a card that was pulled.
  const { iommuGroup: group } = promised
  if (!sameBoot || group === null || group === device.iommuGroup) return null
  return {
    address,
    code: 'group-changed',
    message: `${address} is in IOMMU group ${device.iommuGroup ?? 'none'}, not in ${group} as it was handed out`,
  }
}
