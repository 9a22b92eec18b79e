/** A USB device between its value in the program and its JSON form in documents: pure, both ways, nothing lost. */
import { parseAddress } from './address.ts'
import { CorruptReport } from './errors.ts'
import { type HexId, parseHexId } from './ids.ts'
import type { ReportedUsbDevice, UsbDevice } from './usb-device.ts'

export const USB_INVENTORY_SCHEMA = 'berth.usb-inventory/1'

/** The ids are called `vendor` and `product`, as in templates. */
export interface UsbDeviceDocument extends Omit<ReportedUsbDevice, 'vendorId' | 'productId' | 'controller'> {
  readonly vendor: string
  readonly product: string
  readonly controller: string | null
}

/** What `berth probe usb --format json` prints. */
export interface UsbInventory {
  readonly schema: typeof USB_INVENTORY_SCHEMA
  readonly host: string
  readonly bootId: string | null
  /** By bus, then port. */
  readonly devices: readonly UsbDeviceDocument[]
}

export function usbToDocument(device: ReportedUsbDevice): UsbDeviceDocument {
  return {
    bus: device.bus,
    device: device.device,
    port: device.port,
    vendor: device.vendorId,
    product: device.productId,
    release: device.release,
    deviceClass: device.deviceClass,
    interfaceClasses: device.interfaceClasses,
    serial: device.serial,
    manufacturerString: device.manufacturerString,
    productString: device.productString,
    vendorName: device.vendorName,
    productName: device.productName,
    speed: device.speed,
    drivers: device.drivers,
    hub: device.hub,
    controller: device.controller,
    identity: device.identity,
    inUse: device.inUse,
  }
}

/** The device of a document whose shape was checked; CorruptReport `malformed-device` where an id or address is none. */
export function usbFromDocument(document: UsbDeviceDocument): ReportedUsbDevice {
  const { vendor, product, controller, ...facts } = document
  return {
    ...facts,
    vendorId: hexField(document, 'vendor', vendor),
    productId: hexField(document, 'product', product),
    controller:
      controller === null
        ? null
        : (parseAddress(controller) ?? malformed(document, 'controller', controller)),
  }
}

/** `0627:0001`. */
export function usbId({ vendorId, productId }: Pick<UsbDevice, 'vendorId' | 'productId'>): string {
  return `${vendorId}:${productId}`
}

function hexField(document: UsbDeviceDocument, field: string, text: string): HexId {
  return parseHexId(text) ?? malformed(document, field, text)
}

function malformed(document: UsbDeviceDocument, field: string, value: string): never {
  throw new CorruptReport(
    'malformed-device',
    `USB device ${document.port}: ${field} is "${value}", which is none; the probe that wrote this is broken or of another version`,
    { port: document.port, field, value },
  )
}
