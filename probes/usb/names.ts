/** Names of USB vendors and products out of usb.ids, for devices that do not tell their own. */
import type { UsbDevice } from '../../src/model/usb-device.ts'
import { findPciIds, pciNames } from '../pci/names.ts'

/** Where Debian, Red Hat and others put it. */
export const USB_IDS_FILES: readonly string[] = ['/usr/share/misc/usb.ids', '/usr/share/hwdata/usb.ids']

export type NameUsbDevice = <T extends UsbDevice>(device: T) => T

/** Looks names up in the first of `files` that exists; without one, a device keeps what it says of itself. CommandFailed `unreadable`. */
export function usbNames(files: readonly string[]): NameUsbDevice {
  // The part of vendors has pci.ids' form.
  let names: ReturnType<typeof pciNames> | undefined
  return (device) => {
    const { vendorName, productName, vendorId, productId } = device
    if (vendorName !== null && productName !== null) return device
    names ??= pciNames(findPciIds(files))
    const found = names({ vendorId, deviceId: productId, classId: productId })
    return {
      ...device,
      vendorName: vendorName ?? found.vendorName,
      productName: productName ?? found.deviceName,
    }
  }
}
