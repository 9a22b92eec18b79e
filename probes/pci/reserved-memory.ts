/** Memory that the firmware demands for devices, from their IOMMU groups: one file for each group that holds an endpoint. */
import type { Device } from '../../src/model/device.ts'
import { BerthError } from '../../src/model/errors.ts'
import { readAttribute, type Warn } from '../read.ts'

/**
 * `reserved_regions` has a line each: first and last address and type. With one of type `direct` the kernel refuses to
 * hand the group out (drivers/iommu/iommu.c, require_direct); `direct-relaxable`, `reserved` and `msi` do no harm
 * (Documentation/ABI/testing/sysfs-kernel-iommu_groups).
 */
const DIRECT = /\bdirect$/m

/** The devices, each with what its group's file says; null where there is none. */
export function withReservedMemory<T extends Device>(
  sysfs: string,
  devices: readonly T[],
  warn: Warn,
): readonly T[] {
  const known = new Map<number, boolean | null>()
  return devices.map((device) => {
    const { iommuGroup: group, bridge, passthrough } = device
    if (group === null || bridge || passthrough === null) return device
    let reservedMemory = known.get(group)
    if (reservedMemory === undefined) {
      reservedMemory = readGroup(`${sysfs}/kernel/iommu_groups/${group}/reserved_regions`, warn)
      known.set(group, reservedMemory)
    }
    return { ...device, passthrough: { ...passthrough, reservedMemory } }
  })
}

function readGroup(file: string, warn: Warn): boolean | null {
  try {
    const text = readAttribute(file)
    return text === null ? null : DIRECT.test(text)
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    warn(`${error.message}; taken as unknown`)
    return null
  }
}
