/** What sysfs shows of IOMMUs and groups. Documentation/ABI/testing/sysfs-kernel-iommu_groups, sysfs-class-iommu-intel-iommu. */
import { lastPart, readAttribute, readDir, readLink } from '../read.ts'

export interface GroupedDevice {
  readonly iommuGroup: number | null
}

/** Counts of PCI functions, of those in an IOMMU group, and of the groups. */
export interface PciGroups {
  readonly devices: number
  readonly grouped: number
  readonly groups: number
}

export interface IommuUnit {
  /** `dmar0`, `ivhd0`, `smmu3.0x...`. */
  readonly name: string
  /** Intel's extended capability register. */
  readonly ecap: bigint | null
}

/** Null = the tree has no PCI bus. */
export function pciGroups(sysfs: string, known?: readonly GroupedDevice[]): PciGroups | null {
  const groups = known?.map(({ iommuGroup }) => iommuGroup) ?? groupLinks(sysfs)
  if (groups === null) return null
  const different = new Set(groups.filter((group) => group !== null))
  const unsafe = new Set([...different].filter((group) => isNoIommu(sysfs, group)))
  const grouped = groups.filter((group) => group !== null && !unsafe.has(group))
  return { devices: groups.length, grouped: grouped.length, groups: different.size - unsafe.size }
}

function groupLinks(sysfs: string): readonly (number | null)[] | null {
  const dir = `${sysfs}/bus/pci/devices`
  const names = readDir(dir)
  return (
    names?.map((name) => {
      const link = readLink(`${dir}/${name}/iommu_group`)
      return link === null ? null : Number(lastPart(link))
    }) ?? null
  )
}

/** VFIO's no-IOMMU mode makes groups that protect nothing (drivers/vfio/group.c). */
function isNoIommu(sysfs: string, group: number): boolean {
  return readAttribute(`${sysfs}/kernel/iommu_groups/${group}/name`) === 'vfio-noiommu'
}

/** Null = the kernel has no such class: no IOMMU driver, or one of before Linux 4.1. */
export function iommuUnits(sysfs: string): readonly IommuUnit[] | null {
  const dir = `${sysfs}/class/iommu`
  return (
    readDir(dir)?.map((name) => {
      const ecap = readAttribute(`${dir}/${name}/intel-iommu/ecap`)
      return { name, ecap: ecap !== null && /^[0-9a-f]+$/i.test(ecap) ? BigInt(`0x${ecap}`) : null }
    }) ?? null
  )
}
