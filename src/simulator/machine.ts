/** The words in which a simulated machine is described: data that the sysfs tree, the simulated kernel and the hypervisor read. */
import type { Address } from '../model/address.ts'

/** Stands in a simulated host's files and wherever people see such a host. */
export const SIMULATED_MARK = 'SIMULATED: files that Berth wrote, no machine behind them'

/** One PCI function. Addresses are full text; ids `vendor:device` in lower-case hex without `0x`. */
export interface PciFunction {
  readonly address: Address
  readonly id: string
  /** Class, subclass and programming interface, six hex digits. */
  readonly class: string
  readonly subsystem: string | null
  /** Two hex digits. */
  readonly revision: string
  /** The bridge that it is behind; null = on its root bus. */
  readonly under: Address | null
  readonly numaNode: number | null
  /** The driver that claims it; null = the kernel has none. */
  readonly driver: string | null
  /** Bound at boot; false = left without its driver. */
  readonly bound: boolean
  /** In the IOMMU group of that device; null = in a group of its own. */
  readonly groupWith: Address | null
  /** Set on bridges (header type 1). */
  readonly bridge: {
    readonly secondary: number
    readonly subordinate: number
    readonly port: PortType
  } | null
  /** Has a PCI Express capability. */
  readonly pcie: boolean
  /** Function level reset. */
  readonly flr: boolean
  /** In the kernel's order; [] = none. */
  readonly resetMethods: readonly string[]
  readonly msix: MsixTable | null
  /** The 64-bit Device Serial Number as lspci prints it: `b4-96-91-ff-ff-a0-00-01`. */
  readonly serial: string | null
  readonly sriov: Sriov | null
  /** The firmware's display. */
  readonly bootVga: boolean
}

/** PCI Express device/port type (PCIe base specification 7.5.3.2). */
export type PortType = 'root' | 'upstream' | 'downstream' | 'pcie-to-pci'

export interface MsixTable {
  readonly vectors: number
  readonly tableBar: number
  readonly tableOffset: number
  readonly pbaBar: number
  readonly pbaOffset: number
}

export interface Sriov {
  readonly totalVfs: number
  /** Enabled when the machine starts. */
  readonly numVfs: number
  readonly vfDevice: string
  readonly firstOffset: number
  readonly stride: number
  /** What claims the VFs; null = none. */
  readonly vfDriver: string | null
  readonly vfMsixVectors: number
}

export interface RootBus {
  readonly domain: number
  readonly bus: number
}

export interface NetworkInterface {
  readonly name: string
  /** Null = virtual: a bridge or bond. */
  readonly on: Address | null
  readonly kind: 'ethernet' | 'infiniband' | 'bridge' | 'bond'
  readonly mac: string
  readonly up: boolean
  /** The bridge or bond that it belongs to. */
  readonly master: string | null
  /** IPv4 with prefix length: `10.20.0.11/24`. */
  readonly ipv4: string | null
  /** The default route's next hop. */
  readonly gateway: string | null
}

/** A bus of a USB controller: each has a root hub. */
export interface UsbBus {
  readonly on: Address
  readonly bus: number
  /** Of the root hub, in megabits a second. */
  readonly speed: number
  readonly devices: readonly UsbPlugged[]
}

/** What is plugged into a port, with one interface. */
export interface UsbPlugged {
  /** `1-3`. */
  readonly port: string
  readonly device: number
  /** `vendor:product`. */
  readonly id: string
  /** bcdDevice, four digits. */
  readonly release: string
  readonly manufacturer: string | null
  readonly product: string | null
  readonly serial: string | null
  readonly speed: number
  /** Class and driver of its interface. */
  readonly interfaceClass: string
  readonly driver: string | null
}

export interface Partition {
  readonly name: string
  readonly sectors: number
}

export interface BlockDevice {
  readonly name: string
  /** Null = virtual: md or device mapper. */
  readonly on: Address | null
  readonly transport: 'nvme' | 'sas' | 'sata' | 'usb' | 'virtual'
  /** Of a USB disk. */
  readonly usbPort?: string
  /** In 512-byte sectors. */
  readonly sectors: number
  readonly partitions: readonly Partition[]
  /** What an md or dm device is made of. */
  readonly slaves: readonly string[]
  /** Device mapper's name and uuid (`LVM-...`, `CRYPT-...`). */
  readonly dm: { readonly name: string; readonly uuid: string } | null
}

export interface Mount {
  /** A block device's or partition's name. */
  readonly source: string
  readonly target: string
  readonly type: string
}

export interface MachineNode {
  readonly id: number
  /** As the kernel lists them: `0-31,128-159`. */
  readonly cpuList: string
  readonly memoryKiB: number
}

export interface MachineDescription {
  /** Also the host's name. */
  readonly name: string
  /** One line for people. */
  readonly title: string
  readonly cpuModel: string
  readonly cpuVendor: 'AuthenticAMD' | 'GenuineIntel'
  readonly kernel: string
  readonly nodes: readonly MachineNode[]
  /** `ivhd` (AMD-Vi), `dmar` (VT-d); null = the IOMMU is off, no groups. */
  readonly iommu: 'ivhd' | 'dmar' | null
  readonly roots: readonly RootBus[]
  /** In address order; a bridge before what is behind it. */
  readonly functions: readonly PciFunction[]
  readonly interfaces: readonly NetworkInterface[]
  readonly blocks: readonly BlockDevice[]
  /** Absent = none. */
  readonly usb?: readonly UsbBus[]
  readonly mounts: readonly Mount[]
  /** Block devices or partitions swapped on. */
  readonly swaps: readonly string[]
}
