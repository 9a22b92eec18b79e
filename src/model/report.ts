/** The report: what a probe run on a host sends to the controller, and its JSON form of a device. */
import type { Device } from './device.ts'
import type { Capacity } from './host.ts'
import type { ReportedReadiness } from './readiness.ts'
import type { RunningDomain, Usage } from './usage.ts'
import type { ReportedUsbDevice } from './usb-device.ts'

export const PCI_INVENTORY_SCHEMA = 'berth.pci-inventory/1'
export const HOST_REPORT_SCHEMA = 'berth.host-report/1'

/** A device as JSON documents have it: the ids are called `vendor`, `device`, `class` there, as in templates. */
export interface DeviceDocument
  extends Omit<
    Device,
    'vendorId' | 'deviceId' | 'classId' | 'subsystemVendorId' | 'subsystemDeviceId' | 'passthrough'
  > {
  readonly vendor: string
  readonly device: string
  readonly class: string
  readonly subsystemVendor: string | null
  readonly subsystemDevice: string | null
  /** Left out by probes of earlier versions. */
  readonly passthrough?: Device['passthrough']
}

/** What `berth probe pci --format json` prints. */
export interface PciInventory {
  readonly schema: typeof PCI_INVENTORY_SCHEMA
  readonly host: string
  /** /proc/sys/kernel/random/boot_id; null where it can't be read. IOMMU group numbers are valid within one boot. */
  readonly bootId: string | null
  readonly devices: readonly DeviceDocument[]
}

/** A device in a report: offered by the host's filter, or carried along because safety needs it (invariant 4). */
export interface ReportedDevice extends Device {
  readonly offered: boolean
}

/** Everything that the controller learns from one probe run on one host. */
export interface HostReport {
  readonly schema: typeof HOST_REPORT_SCHEMA
  readonly host: string
  readonly bootId: string | null
  readonly devices: readonly ReportedDevice[]
  /** What the host itself uses; hostdevs of domains are told in `domains`. */
  readonly usage: readonly Usage[]
  /** All USB devices, by bus, then port; absent = a probe of an earlier version told nothing of them. */
  readonly usb?: readonly ReportedUsbDevice[]
  readonly capacity: Capacity
  /** Absent = a probe of an earlier version did not look. */
  readonly readiness?: ReportedReadiness
  /** Running domains; null = libvirt could not be asked, so nothing can be compared. */
  readonly domains: readonly RunningDomain[] | null
}
