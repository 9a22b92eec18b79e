/** IOMMU group membership as the kernel has it now: what a hand-over checks before it touches anything. */
import { type Address, compareAddresses, parseAddress } from '../model/address.ts'
import { isBridgeClass } from '../model/device.ts'
import { CommandFailed } from '../model/errors.ts'
import { hexId } from '../model/ids.ts'
import { currentDriver } from './driver.ts'
import type { Sysfs } from './sysfs.ts'

export interface GroupEndpoint {
  readonly address: Address
  readonly driver: string | null
}

export interface GroupMembers {
  readonly group: number
  /** What must leave its host driver with any one of them (Documentation/driver-api/vfio.rst), in address order. */
  readonly endpoints: readonly GroupEndpoint[]
  /** Bridges and root ports: they stay on their drivers. */
  readonly bridges: readonly Address[]
}

/** The device's IOMMU group; null = it is in none, or there is no such device. */
export async function groupOf(sysfs: Sysfs, address: Address): Promise<number | null> {
  const group = await sysfs.link(`bus/pci/devices/${address}/iommu_group`)
  return group === null ? null : Number(group)
}

/** All PCI devices of the group; both lists empty where there is no such group. */
export async function groupMembers(sysfs: Sysfs, group: number): Promise<GroupMembers> {
  const names = await sysfs.list(`kernel/iommu_groups/${group}/devices`)
  const addresses = names.map(parseAddress).filter((address) => address !== null)
  const members = await Promise.all(
    addresses.sort(compareAddresses).map(async (address) => ({
      address,
      driver: await currentDriver(sysfs, address),
      bridge: await isBridge(sysfs, address),
    })),
  )
  return {
    group,
    endpoints: members.filter((member) => !member.bridge).map(({ address, driver }) => ({ address, driver })),
    bridges: members.filter((member) => member.bridge).map((member) => member.address),
  }
}

/** Header type (config byte 0x0e without the multifunction bit) 1 or 2; where the config space does not say, the class. */
async function isBridge(sysfs: Sysfs, address: Address): Promise<boolean> {
  const config = await sysfs.bytes(`bus/pci/devices/${address}/config`, 64)
  const header = config?.[0x0e]
  if (header !== undefined && header !== 0xff) return (header & 0x7f) === 1 || (header & 0x7f) === 2
  const text = await sysfs.read(`bus/pci/devices/${address}/class`)
  if (text === null || !/^0x[0-9a-f]{1,6}$/.test(text)) {
    throw new CommandFailed(
      'device-class-unreadable',
      `Neither the config space nor the class of ${address} can be read, so its IOMMU group cannot be judged. Look into the kernel log.`,
      { address },
    )
  }
  return isBridgeClass(hexId(Number(text) >> 8))
}
