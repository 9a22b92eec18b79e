/** A USB device as facts: what a probe saw of it. */
import type { Address } from './address.ts'
import type { HexId } from './ids.ts'
import type { UsageReason } from './usage.ts'

/** Everything that the probe reads of one device, hubs and root hubs included. Null = the kernel does not say. */
export interface UsbDevice {
  readonly bus: number
  /** Its number on the bus: a new one each time that it is plugged in. */
  readonly device: number
  /** sysfs' name of the place: `1-2.3` = bus 1, port 2, port 3 of the hub there; `usb1` = the root hub of bus 1. */
  readonly port: string
  readonly vendorId: HexId
  readonly productId: HexId
  /** bcdDevice, four digits. */
  readonly release: string | null
  /** bDeviceClass, two hexadecimal digits; `00` = each interface has its own. */
  readonly deviceClass: string
  /** bInterfaceClass of its interfaces, each once. */
  readonly interfaceClasses: readonly string[]
  readonly serial: string | null
  /** What the device says of itself. */
  readonly manufacturerString: string | null
  readonly productString: string | null
  /** The same, else the name in usb.ids. */
  readonly vendorName: string | null
  readonly productName: string | null
  /** Megabits a second: 1.5, 12, 480, 5000, ... */
  readonly speed: number | null
  /** Of its interfaces, each once. */
  readonly drivers: readonly string[]
  /** Hubs and root hubs are never given. */
  readonly hub: boolean
  /** The PCI function that its bus hangs on; null = a controller that is none (on a board, usbip). */
  readonly controller: Address | null
  /** What stays the same when it is plugged in anew: `serial:<vendor>:<product>:<serial>`, else `port:<controller>/<place>`. */
  readonly identity: string
}

/** What the host itself needs a device for. */
export interface UsbUse {
  readonly reason: UsageReason
  readonly detail: string
}

export interface ReportedUsbDevice extends UsbDevice {
  /** Empty = the host does not use it. */
  readonly inUse: readonly UsbUse[]
}

/** The two numbers that libvirt and usbfs know a device by. */
export interface UsbNumbers {
  readonly bus: number
  readonly device: number
}

/** `001:004`, as lsusb writes them. */
export function usbNumbersText({ bus, device }: UsbNumbers): string {
  const digits = (value: number) => String(value).padStart(3, '0')
  return `${digits(bus)}:${digits(device)}`
}

/** Where a device with these ids and serial is plugged in makes no difference; a serial that could not be read signals none. */
export function sameUsbDevice(
  a: Pick<UsbDevice, 'vendorId' | 'productId' | 'serial'>,
  b: Pick<UsbDevice, 'vendorId' | 'productId' | 'serial'>,
): boolean {
  if (a.vendorId !== b.vendorId || a.productId !== b.productId) return false
  return a.serial === null || b.serial === null || a.serial === b.serial
}

/** By bus, then by the numbers of the ports on the way: `1-2`, `1-2.3`, `1-10`; root hubs first. */
export function compareUsbPorts(
  a: Pick<UsbDevice, 'bus' | 'port'>,
  b: Pick<UsbDevice, 'bus' | 'port'>,
): number {
  if (a.bus !== b.bus) return a.bus - b.bus
  const [here, there] = [portsOf(a.port), portsOf(b.port)]
  for (const [index, port] of here.entries()) {
    const other = there[index]
    if (other === undefined) return 1
    if (port !== other) return port - other
  }
  return here.length - there.length
}

function portsOf(port: string): readonly number[] {
  const chain = /^\d+-(\d+(?:\.\d+)*)$/.exec(port)?.[1]
  return chain === undefined ? [] : chain.split('.').map(Number)
}
