/** A PCI device (one function) as facts: what a probe saw of it. */
import type { Address } from './address.ts'
import type { HexId } from './ids.ts'
import type { PassthroughFacts } from './passthrough-facts.ts'

/** `pf`: SR-IOV capable (`sriov_totalvfs` above 0); `vf`: a virtual function; `plain`: neither. */
export type DeviceKind = 'plain' | 'pf' | 'vf'

/** MSI-X capability (PCI Local Bus 3.0, 6.8.2): offsets in bytes into the BARs named. */
export interface Msix {
  readonly vectors: number
  readonly tableBar: number
  readonly tableOffset: number
  readonly pbaBar: number
  readonly pbaOffset: number
  /** The table (16 bytes a vector) and the pending bits (8-byte words) share bytes of one BAR. */
  readonly overlap: boolean
}

/** Everything that the probe reads of one function. Null = the kernel does not say. */
export interface Device {
  readonly address: Address
  readonly vendorId: HexId
  readonly deviceId: HexId
  /** Base class and subclass. */
  readonly classId: HexId
  /** Programming interface, two digits. */
  readonly progIf: string
  /** Two digits. */
  readonly revision: string | null
  readonly subsystemVendorId: HexId | null
  readonly subsystemDeviceId: HexId | null
  readonly vendorName: string | null
  readonly deviceName: string | null
  readonly className: string | null
  readonly kind: DeviceKind
  /** A VF's PF. */
  readonly parent: Address | null
  readonly totalVfs: number
  readonly numVfs: number
  readonly numaNode: number | null
  readonly iommuGroup: number | null
  readonly driver: string | null
  /** Header type 1 or 2; without config space, class 0604, 0607 or 0609. */
  readonly bridge: boolean
  readonly networkInterfaces: readonly string[]
  /** What the kernel would use to reset it, in its order: `flr`, `pm`, `bus`, ... */
  readonly resetMethods: readonly string[]
  readonly msix: Msix | null
  /** Has a PCI Express capability; false = conventional PCI; null = config space not readable that far. */
  readonly pcie: boolean | null
  /** Survives renumbering: `serial:...` or `path:...`; null where neither can be told. */
  readonly identity: string | null
  /** Null = a probe of an earlier version told nothing of it. */
  readonly passthrough: PassthroughFacts | null
}

/** The kernel's driver that hands a device to a VM (Documentation/driver-api/vfio.rst). */
export const VFIO_PCI = 'vfio-pci'

const BRIDGE_CLASSES: ReadonlySet<string> = new Set(['0604', '0607', '0609'])

/** Whether a class alone says bridge (PCI-to-PCI 0604, CardBus 0607, semi-transparent 0609). */
export function isBridgeClass(classId: HexId): boolean {
  return BRIDGE_CLASSES.has(classId)
}

/** Host (0600) and ISA (0601) bridges: endpoints that are never assigned and never bound to vfio-pci. */
export function isChipset(classId: HexId): boolean {
  return classId === '0600' || classId === '0601'
}
