/** Who shares an IOMMU group with a device: it goes to the same VM, whether OpenNebula lists it or not. Pure. */
import { type Address, shortAddress } from '../../src/model/address.ts'
import type { Device } from '../../src/model/device.ts'

/** The other endpoints of each device's group, in address order; bridges stay with the host and do not count. */
export function iommuMates(all: readonly Device[]): (device: Device) => readonly string[] {
  const groups = new Map<number, Address[]>()
  for (const { iommuGroup, bridge, address } of all) {
    if (iommuGroup === null || bridge) continue
    const members = groups.get(iommuGroup)
    if (members === undefined) groups.set(iommuGroup, [address])
    else members.push(address)
  }
  return ({ iommuGroup, address }) =>
    (iommuGroup === null ? [] : (groups.get(iommuGroup) ?? []))
      .filter((other) => other !== address)
      .map(shortAddress)
}
