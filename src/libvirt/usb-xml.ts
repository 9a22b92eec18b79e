/** The XML of passed USB devices and of the controller that takes them (libvirt.org/formatdomain.html, "USB / PCI / SCSI devices"). Pure. */
import type { PromisedUsbDevice } from '../model/order.ts'
import { type Element, element, printXml } from './xml.ts'

/** As many as QEMU's xHCI has of each speed: with the default of 4, libvirt puts slow hubs between for what comes after. */
const PORTS = 15

/** One xHCI for all of them, whatever their speed; none where nothing is passed. */
export function usbControllers(usb: readonly PromisedUsbDevice[]): readonly Element[] {
  if (usb.length === 0) return []
  return [element('controller', { type: 'usb', index: 0, model: 'qemu-xhci', ports: PORTS })]
}

/** By ids and by its numbers: ids alone are refused by libvirt where several devices have them. */
export function usbHostdevXml({ vendorId, productId, bus, device }: PromisedUsbDevice): Element {
  return element(
    'hostdev',
    { mode: 'subsystem', type: 'usb', managed: 'yes' },
    element(
      'source',
      {},
      element('vendor', { id: `0x${vendorId}` }),
      element('product', { id: `0x${productId}` }),
      element('address', { bus, device }),
    ),
  )
}

/** The same as a document of its own, as `virsh attach-device` and `detach-device` take it. */
export function usbHostdevDocument(device: PromisedUsbDevice): string {
  return printXml(usbHostdevXml(device))
}
