/** Turns one USB device's raw files into a device: pure. Names, identity and use come after. */
import { type Address, parseAddress } from '../../src/model/address.ts'
import { parseHexId } from '../../src/model/ids.ts'
import type { UsbDevice } from '../../src/model/usb-device.ts'
import type { RawUsbDevice } from './sysfs.ts'

/** Base class of hubs (usb.org, Defined Class Codes). */
const HUB_CLASS = '09'

/** The device without identity and names out of usb.ids, or the file without which there is none. */
export function parseUsbDevice(
  raw: RawUsbDevice,
): Omit<UsbDevice, 'identity'> | { readonly unreadable: string } {
  const bus = decimal(raw.busnum)
  const device = decimal(raw.devnum)
  const vendorId = parseHexId(raw.idVendor ?? '')
  const productId = parseHexId(raw.idProduct ?? '')
  if (bus === null) return { unreadable: 'busnum' }
  if (device === null) return { unreadable: 'devnum' }
  if (vendorId === null) return { unreadable: 'idVendor' }
  if (productId === null) return { unreadable: 'idProduct' }
  const deviceClass = twoDigits(raw.bDeviceClass) ?? '00'
  const manufacturerString = shown(raw.manufacturer)
  const productString = shown(raw.product)
  return {
    ...{ bus, device, port: raw.name, vendorId, productId },
    release: parseHexId(raw.bcdDevice ?? ''),
    deviceClass,
    interfaceClasses: each(raw.interfaces.map(({ bInterfaceClass }) => twoDigits(bInterfaceClass))),
    serial: shown(raw.serial),
    ...{ manufacturerString, productString, vendorName: manufacturerString, productName: productString },
    speed: raw.speed !== null && /^\d+(\.\d+)?$/.test(raw.speed) ? Number(raw.speed) : null,
    drivers: each(raw.interfaces.map(({ driver }) => driver)),
    hub: deviceClass === HUB_CLASS || raw.name.startsWith('usb'),
    controller: controllerOf(raw.path),
  }
}

/** The PCI function nearest above the bus: `.../0000:07:00.0/usb1/1-2`. */
function controllerOf(path: string): Address | null {
  const parts = path.split('/')
  const root = parts.findIndex((part) => /^usb\d+$/.test(part))
  const above = parts[root - 1] ?? ''
  return /^[0-9a-f]{4,8}:/.test(above) ? parseAddress(above) : null
}

function decimal(text: string | null): number | null {
  return text !== null && /^\s*\d{1,9}$/.test(text) ? Number(text) : null
}

function twoDigits(text: string | null): string | null {
  return text !== null && /^[0-9a-f]{2}$/i.test(text) ? text.toLowerCase() : null
}

/** Devices fill their strings with blanks and worse. */
function shown(text: string | null): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a device says must not reach a terminal raw
  const clean = text?.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim() ?? ''
  return clean === '' ? null : clean
}

function each(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))].sort()
}
