/** Builders of USB devices with defaults: a test names only what it is about. */
import { parseAddress } from '../../src/model/address.ts'
import { type HexId, parseHexId } from '../../src/model/ids.ts'
import type { PromisedUsbDevice } from '../../src/model/order.ts'
import type { SnapshotUsbDevice } from '../../src/model/snapshot.ts'
import type { ReportedUsbDevice } from '../../src/model/usb-device.ts'

function id(text: string): HexId {
  const hex = parseHexId(text)
  if (hex === null) throw new Error(`not an id: ${text}`)
  return hex
}

export const CONTROLLER =
  parseAddress('07:00.0') ??
  (() => {
    throw new Error()
  })()

function place(port: string): { readonly bus: number; readonly device: number } {
  const [bus = 1, device = 1] = port.replace('usb', '').split(/[-.]/).map(Number)
  return { bus, device: port.startsWith('usb') ? 1 : device + 1 }
}

/** A keyboard without a serial number at that port, as the probe tells it. */
export function usb(
  port: string,
  facts: Partial<ReportedUsbDevice> & { readonly ids?: string } = {},
): ReportedUsbDevice {
  const { ids = '0627:0001', ...rest } = facts
  const [vendor = '', product = ''] = ids.split(':')
  return {
    ...{ ...place(port), port, vendorId: id(vendor), productId: id(product), release: '0100' },
    ...{ deviceClass: port.startsWith('usb') ? '09' : '00', interfaceClasses: ['03'], serial: null },
    ...{ manufacturerString: null, productString: 'Keyboard', vendorName: null, productName: 'Keyboard' },
    ...{ speed: 480, drivers: ['usbhid'], hub: port.startsWith('usb'), controller: CONTROLLER },
    identity: `port:${CONTROLLER}/${port}`,
    inUse: [],
    ...rest,
  }
}

/** The same as the scheduler sees it. */
export function placedUsb(
  port: string,
  facts: Partial<SnapshotUsbDevice> & { readonly ids?: string } = {},
): SnapshotUsbDevice {
  const { ids, ...rest } = facts
  const { bus, device, vendorId, productId, hub, controller } = usb(port, ids === undefined ? {} : { ids })
  return {
    ...{ key: port, bus, device, port, vendorId, productId, hub, controller },
    ...{ claimedBy: null, inUseByHost: false, swapped: false },
    ...rest,
  }
}

export function promisedUsb(port: string, facts: Partial<PromisedUsbDevice> = {}): PromisedUsbDevice {
  const { bus, device, vendorId, productId, serial, controller, identity } = usb(port)
  return { request: 0, bus, device, port, vendorId, productId, serial, controller, identity, ...facts }
}
