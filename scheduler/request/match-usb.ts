/** Does this USB device satisfy this request? */
import type { SnapshotUsbDevice } from '../../src/model/snapshot.ts'
import type { UsbRequest } from '../../src/model/usb-request.ts'

/** All that the block names agrees. Whether the device is free is another question. */
export function usbMatches({ selector }: UsbRequest, device: SnapshotUsbDevice): boolean {
  const { vendorId, productId, bus, port } = selector
  return (
    (vendorId === null || vendorId === device.vendorId) &&
    (productId === null || productId === device.productId) &&
    (bus === null || (bus === device.bus && selector.device === device.device)) &&
    (port === null || port === device.port)
  )
}

/** Equal keys: the same devices satisfy both. */
export function usbSelectorKey({ selector }: UsbRequest): string {
  const { vendorId, productId, bus, device, port } = selector
  return [vendorId, productId, bus, device, port].join(' ')
}
