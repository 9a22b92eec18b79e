/** Columns of device tables: `host show`'s three and all of `device list`. */
import { shortAddress } from '../../model/address.ts'
import { usbNumbersText } from '../../model/usb-device.ts'
import type { DeviceView, UsbDeviceView } from '../../view/documents.ts'
import { usbName } from '../../view/usb.ts'
import type { List } from '../list/list.ts'
import type { TableColumn } from '../text/table.ts'
import { deviceName, deviceType } from './names.ts'
import { placedPciElement } from './xml.ts'

/** How many findings may keep a VM from starting with it. */
export const warningsOf = (device: DeviceView): number =>
  device.diagnosis.filter(({ level }) => level === 'warning').length

/** OpenNebula's table of PCI devices: VM (blank where free), address (domain 0000 left out), type, name. */
export const PCI_COLUMNS: readonly TableColumn<DeviceView>[] = [
  { name: 'VM', width: 5, align: 'right', cell: (device) => device.vm },
  { name: 'ADDR', width: 7, cell: (device) => shortAddress(device.address) },
  { name: 'TYPE', width: 14, cell: deviceType },
  { name: 'NAME', width: 4, cell: deviceName },
]

/** USB devices in lsusb's manner: numbers, port, id, name; and why one that nobody has is not free. */
export const USB_COLUMNS: readonly TableColumn<UsbDeviceView>[] = [
  { name: 'VM', width: 5, align: 'right', cell: (device) => device.vm },
  { name: 'BUS:DEV', width: 7, cell: usbNumbersText },
  { name: 'PORT', width: 6, cell: (device) => device.port },
  { name: 'ID', width: 9, cell: (device) => `${device.vendor}:${device.product}` },
  { name: 'NAME', width: 4, cell: (device) => usbName(device) ?? `Device ${device.product}` },
  {
    name: 'WHY',
    width: 3,
    cell: (device) => (device.vm === null || device.state === 'missing' ? device.why : null),
  },
]

export const DEVICE_LIST: List<DeviceView> = {
  columns: [
    { name: 'HOST', width: 8, cell: (device) => device.hostName },
    { name: 'VM', width: 5, align: 'right', cell: (device) => device.vm },
    { name: 'ADDR', width: 7, cell: (device) => shortAddress(device.address) },
    { name: 'TYPE', width: 14, cell: deviceType },
    { name: 'STATE', width: 12, cell: (device) => device.state },
    { name: 'NUMA', width: 4, align: 'right', cell: (device) => device.numaNode },
    { name: 'GROUP', width: 5, align: 'right', cell: (device) => device.iommuGroup },
    { name: 'DRIVER', width: 8, cell: (device) => device.driver },
    { name: 'NAME', width: 20, shrinks: true, cell: deviceName },
    { name: 'KIND', width: 5, cell: (device) => device.kind },
    { name: 'PARENT', width: 7, cell: (device) => device.parent && shortAddress(device.parent) },
    { name: 'VENDOR', width: 6, cell: (device) => device.vendor },
    { name: 'DEVICE', width: 6, cell: (device) => device.device },
    { name: 'CLASS', width: 5, cell: (device) => device.class },
    { name: 'OFFERED', width: 7, cell: (device) => (device.offered ? 'yes' : 'no') },
    { name: 'HEALTH', width: 6, cell: (device) => device.health },
    { name: 'WHY', width: 20, shrinks: true, cell: (device) => device.why },
    { name: 'WARNINGS', width: 8, align: 'right', cell: warningsOf },
    { name: 'DIAGNOSIS', width: 20, cell: (device) => device.diagnosis.map(({ code }) => code).join(' ') },
  ],
  shown: ['HOST', 'VM', 'ADDR', 'TYPE', 'STATE', 'NUMA', 'GROUP', 'DRIVER', 'NAME'],
  xml: { pool: 'PCI_DEVICES', row: placedPciElement },
}
