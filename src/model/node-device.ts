/** A PCI device as libvirt itself sees it (`virsh nodedev-dumpxml`), and where that differs from what the kernel says. */
import type { Address } from './address.ts'

export interface NodeDevice {
  readonly name: string
  readonly address: Address
  /** Base class, subclass, programming interface: six digits; null where libvirt does not say. */
  readonly classCode: string | null
  readonly driver: string | null
  /** Types of nested capabilities: `phys_function`, `virt_functions`, `pci-bridge`, `mdev_types`, ... */
  readonly capabilities: readonly string[]
  /** A VF's PF. */
  readonly physicalFunction: Address | null
  readonly virtualFunctions: readonly Address[]
  readonly iommuGroup: { readonly number: number; readonly members: readonly Address[] } | null
  readonly numaNode: number | null
  readonly pcie: boolean
}

/** `device` = only one of them knows it, and the value is `present` or null. */
export interface NodeDifference {
  readonly address: Address
  readonly field: 'device' | 'iommuGroup' | 'driver' | 'class' | 'parent'
  readonly sysfs: string | number | null
  readonly libvirt: string | number | null
}
