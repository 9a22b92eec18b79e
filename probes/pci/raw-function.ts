/** What sysfs.ts reads of a PCI function and parse.ts makes a device of. */
import type { Address } from '../../src/model/address.ts'
import type { Capabilities } from './capability.ts'

/** One function as its files say; null = no such file (Documentation/ABI/testing/sysfs-bus-pci says which may be missing). */
export interface RawFunction {
  readonly address: Address
  /** `/sys/devices/pci0000:00/0000:00:04.2/0000:03:00.0`; null where the tree has no link that tells. */
  readonly path: string | null
  readonly uevent: string | null
  readonly class: string | null
  readonly vendor: string | null
  readonly device: string | null
  readonly subsystemVendor: string | null
  readonly subsystemDevice: string | null
  readonly revision: string | null
  readonly numaNode: string | null
  readonly resetMethod: string | null
  readonly totalVfs: string | null
  readonly numVfs: string | null
  /** Last parts of links. */
  readonly driver: string | null
  readonly iommuGroup: string | null
  readonly physfn: string | null
  /** VF address to index, from `virtfn<index>`. */
  readonly virtualFunctions: ReadonlyMap<string, number>
  readonly networkInterfaces: readonly string[]
  readonly capabilities: Capabilities | null
  /** Where MSI-X lies in BARs. */
  readonly resource: string | null
  /** Where the legacy interrupt line matters: an endpoint has one and does not interrupt by message. */
  readonly irq: string | null
  /** Files that are there only where the kernel can reset it, and where it has a ROM (drivers/pci/pci-sysfs.c). */
  readonly resettable: boolean
  readonly rom: boolean
}
