/** What of a USB device stays the same when it is plugged in anew: pure, computed over all devices of a host. */
import type { UsbDevice } from '../../src/model/usb-device.ts'

type Identifiable = Omit<UsbDevice, 'identity'>

/**
 * Each with its identity: `serial:<vendor>:<product>:<serial>` where only one device of the host has it and the serial is
 * not all 0 or f, else `port:<controller>/<place>`: the port path with the bus counted among those of its controller, as
 * the kernel numbers buses anew at each boot.
 */
export function withUsbIdentity<T extends Identifiable>(
  devices: readonly T[],
): readonly (T & Pick<UsbDevice, 'identity'>)[] {
  const counts = new Map<string, number>()
  for (const device of devices) {
    const serial = serialIdentity(device)
    if (serial !== null) counts.set(serial, (counts.get(serial) ?? 0) + 1)
  }
  const places = placesOf(devices)
  return devices.map((device) => {
    const serial = serialIdentity(device)
    const unique = serial !== null && counts.get(serial) === 1
    return { ...device, identity: unique ? serial : `port:${places(device)}` }
  })
}

function serialIdentity({ hub, serial, vendorId, productId }: Identifiable): string | null {
  if (hub || serial === null || /^(0+|f+)$/i.test(serial)) return null
  return `serial:${vendorId}:${productId}:${serial}`
}

function placesOf(devices: readonly Identifiable[]): (device: Identifiable) => string {
  const buses = new Map<string, Set<number>>()
  for (const { controller, bus } of devices) {
    const ofController = buses.get(String(controller)) ?? new Set()
    buses.set(String(controller), ofController.add(bus))
  }
  return ({ controller, bus, port }) => {
    const sorted = [...(buses.get(String(controller)) ?? [])].sort((a, b) => a - b)
    const place = port.replace(/^(usb)?\d+/, `$1${sorted.indexOf(bus) + 1}`)
    return `${controller ?? 'none'}/${place}`
  }
}
