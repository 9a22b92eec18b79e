/** Orders: what a host is told to do, for a VM or for one device, complete in itself. */
import type { Address } from './address.ts'
import type { ClaimRole } from './claim.ts'
import type { HexId } from './ids.ts'
import type { VfNetwork } from './request.ts'
import type { UsbDevice } from './usb-device.ts'
import type { VmDefinition } from './vm.ts'

/** A device as it was when the order was written; the host checks all of it before it touches anything. */
export interface OrderedDevice {
  readonly address: Address
  readonly vendorId: HexId
  readonly deviceId: HexId
  readonly classId: HexId
  readonly identity: string | null
  readonly iommuGroup: number | null
  /** An operator said that it may be given although the host uses it (invariant 5); absent = no. */
  readonly allowed?: boolean
}

/** A device that a VM was promised. */
export interface PromisedDevice extends OrderedDevice {
  readonly role: ClaimRole
  readonly request: number | null
  readonly managed: boolean
  readonly pcie: boolean | null
  /** A VF that the VM gets as a network interface; absent = as a plain device. */
  readonly network?: VfNetwork
}

/** A USB device that a VM was promised: what makes it that device, and its numbers when the order was written. */
export interface PromisedUsbDevice
  extends Pick<
    UsbDevice,
    'bus' | 'device' | 'port' | 'vendorId' | 'productId' | 'serial' | 'controller' | 'identity'
  > {
  readonly request: number
}

/** The device with the facts that the host finds it again by. */
export function usbPromise(device: UsbDevice, request: number): PromisedUsbDevice {
  const { bus, device: number, port, vendorId, productId, serial, controller, identity } = device
  return { request, bus, device: number, port, vendorId, productId, serial, controller, identity }
}

interface OrderBase {
  readonly id: number
  readonly host: number
  /** Of the database that wrote it; stands in the domain's metadata. */
  readonly cluster: string
  readonly devices: readonly OrderedDevice[]
  /** The boot in which group numbers were read; null = unknown. */
  readonly bootId: string | null
}

interface VmOrderBase extends OrderBase {
  readonly vm: number
  readonly epoch: number
  readonly devices: readonly PromisedDevice[]
  /** Absent = none. */
  readonly usb?: readonly PromisedUsbDevice[]
}

/** Make the domain run with its devices. */
export interface DeployOrder extends VmOrderBase {
  readonly kind: 'deploy'
  readonly definition: VmDefinition
  /** Of the deploy's domain; `kvm`, or `qemu` where there is no /dev/kvm. */
  readonly hypervisor: 'kvm' | 'qemu'
}

/** End the domain (if it still runs) and bring its devices back to the drivers that they came from. */
export interface ReleaseOrder extends VmOrderBase {
  readonly kind: 'release'
  /** Seconds between the ACPI shutdown and destroy; 0 = destroy at once. */
  readonly graceSeconds: number
  /** The VM ends for good: its UEFI variables on this host go, too. Absent = they are kept, or it has none. */
  readonly forgetFirmware?: boolean
}

/** Give the running domain more devices. */
export interface AttachOrder extends VmOrderBase {
  readonly kind: 'attach'
  /** What the VM holds already. */
  readonly holds: readonly Address[]
}

/** Take devices from the running domain, and bring them and the mates that were held for them back. */
export interface DetachOrder extends VmOrderBase {
  readonly kind: 'detach'
}

/** `matching` = whichever driver the kernel's own matching chooses; null = none. */
export type DriverGoal =
  | { readonly kind: 'named'; readonly driver: string | null }
  | { readonly kind: 'matching' }

/** Move one device between its host driver and vfio-pci: an operator's word, or a repair. No VM is given anything by it. */
export interface BindOrder extends OrderBase {
  readonly kind: 'bind'
  readonly devices: readonly [OrderedDevice]
  readonly to: DriverGoal
}

/** How many virtual functions an operator wants of a PF, and whether the kernel is to bind its own drivers to them. */
export interface VfWish {
  /** 0 = none: the wish is taken back. */
  readonly numVfs: number
  /** False: they stay without a driver, so that nothing on the host takes them before a VM does. */
  readonly autoprobe: boolean
}

/** Give a PF that many virtual functions: an operator's wish, or one that is kept after a reboot. */
export interface SriovOrder extends OrderBase, VfWish {
  readonly kind: 'sriov'
  readonly devices: readonly [OrderedDevice]
  /** What was wished before; it is again, where the host refuses. */
  readonly before: VfWish
}

/** What is done for a VM, and what is done with a device alone. */
export type VmOrder = DeployOrder | ReleaseOrder | HotplugOrder
export type HotplugOrder = AttachOrder | DetachOrder
export type DeviceOrder = BindOrder | SriovOrder
export type Order = VmOrder | DeviceOrder

export function isVmOrder(order: Order): order is VmOrder {
  return order.kind !== 'bind' && order.kind !== 'sriov'
}

/** Who an order is about, in words for a log: `VM 3`, `0000:3b:00.0`. */
export function orderSubject(order: Order): string {
  return isVmOrder(order) ? `VM ${order.vm}` : order.devices[0].address
}

/** The same for machines. */
export function orderFields(order: Order): { readonly order: number; readonly vm?: number } {
  return { order: order.id, ...(isVmOrder(order) && { vm: order.vm }) }
}

export type OrderState = 'waiting' | 'taken' | 'done' | 'failed'

/** The journal's step that makes a domain, and with it the file of its UEFI variables. */
export const CREATE = 'create'
/** The journal's step that holds the drivers that devices came from. */
export const ORIGINAL_DRIVERS = 'original-drivers'
/** The journal's step that names a device that was reset on its way back. */
export const RESET = 'reset'

/** One line of an order's journal: `begun` before a step touches anything, `done` after. Facts are what undo needs. */
export interface JournalEntry {
  readonly step: string
  readonly state: 'begun' | 'done' | 'undone'
  readonly facts: Readonly<Record<string, unknown>>
}
