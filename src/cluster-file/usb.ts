/** A host's USB devices in a cluster file -> the snapshot's. */
import type { SnapshotDevice, SnapshotUsbDevice } from '../model/snapshot.ts'
import { addressAt, idAt, refuseTwice } from './checks.ts'
import type { DocumentHost, DocumentUsbDevice } from './shape.ts'

/** By the pointer of the list. */
export function readUsb(host: DocumentHost, pointer: string): readonly SnapshotUsbDevice[] {
  const usb = (host.usb ?? []).map((device, number) => readUsbDevice(device, `${pointer}/${number}`))
  refuseTwice(usb, (device) => device.port, pointer, 'port')
  refuseTwice(usb, ({ bus, device }) => `${bus}:${device}`, pointer, 'device')
  return usb
}

/** Here nothing but the port tells devices apart. */
function readUsbDevice(device: DocumentUsbDevice, pointer: string): SnapshotUsbDevice {
  return {
    key: device.port,
    bus: device.bus,
    device: device.device,
    port: device.port,
    vendorId: idAt(device.vendor, `${pointer}/vendor`),
    productId: idAt(device.product, `${pointer}/product`),
    hub: device.hub ?? device.port.startsWith('usb'),
    controller: device.controller == null ? null : addressAt(device.controller, `${pointer}/controller`),
    claimedBy: device.claimedBy ?? null,
    inUseByHost: device.inUseByHost ?? false,
    swapped: false,
  }
}

/** What the host uses below a controller it uses through the controller. */
export function usedThroughUsb(device: SnapshotDevice, usb: readonly SnapshotUsbDevice[]): SnapshotDevice {
  const used = usb.some(({ controller, inUseByHost }) => controller === device.address && inUseByHost)
  return used ? { ...device, inUseByHost: true } : device
}
