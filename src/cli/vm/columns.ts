/** Columns of `berth vm list` and of a VM's devices. */

import { usbNumbersText } from '../../model/usb-device.ts'
import type { VmState } from '../../model/vm.ts'
import type { VmDeviceView, VmSummary, VmUsbDeviceView } from '../../view/documents.ts'
import type { List } from '../list/list.ts'
import { memoryText, timeText } from '../text/amounts.ts'
import type { TableColumn } from '../text/table.ts'
import { vmElement } from './xml.ts'

/** OpenNebula's four letters. */
const SHORT_STATES: Readonly<Record<VmState, string>> = {
  HOLD: 'hold',
  PENDING: 'pend',
  BOOT: 'boot',
  RUNNING: 'runn',
  SHUTDOWN: 'shut',
  POWEROFF: 'poff',
  UNKNOWN: 'unkn',
  BOOT_FAILURE: 'fail',
  DONE: 'done',
}

/** Cores of hundredths, as templates have them: `4`, `0.5`. */
export const coresText = (cpu: number): string => String(cpu / 100)

/** `3b:00.0`; other domains than 0000 stay. */
const addressText = (device: VmDeviceView): string => device.address.replace(/^0000:/, '')

export const VM_LIST: List<VmSummary> = {
  columns: [
    { name: 'ID', width: 5, align: 'right', cell: (vm) => vm.id },
    { name: 'NAME', width: 16, shrinks: true, cell: (vm) => vm.name },
    { name: 'STAT', width: 4, cell: (vm) => SHORT_STATES[vm.state] },
    { name: 'OWNER', width: 8, shrinks: true, cell: (vm) => vm.owner },
    { name: 'CPU', width: 5, align: 'right', cell: (vm) => coresText(vm.cpu), fact: (vm) => vm.cpu / 100 },
    {
      name: 'MEM',
      width: 6,
      align: 'right',
      cell: (vm) => memoryText(vm.memoryMiB),
      fact: (vm) => vm.memoryMiB,
      memory: true,
    },
    { name: 'HOST', width: 16, cell: (vm) => vm.hostName },
    {
      name: 'DEVICES',
      width: 8,
      shrinks: true,
      cell: (vm) =>
        [
          ...vm.devices.filter((device) => device.role === 'passed').map(addressText),
          ...vm.usb.map(({ port }) => `usb:${port}`),
        ].join(' '),
    },
    { name: 'STATE', width: 12, cell: (vm) => vm.state },
    { name: 'PRIORITY', width: 8, align: 'right', cell: (vm) => vm.priority },
    { name: 'CREATED', width: 20, cell: (vm) => timeText(vm.createdAt), fact: (vm) => vm.createdAt },
    { name: 'MESSAGE', width: 20, shrinks: true, cell: (vm) => vm.message },
  ],
  shown: ['ID', 'NAME', 'STAT', 'CPU', 'MEM', 'HOST', 'DEVICES'],
  xml: { pool: 'VM_POOL', row: vmElement },
}

export const VM_DEVICE_COLUMNS: readonly TableColumn<VmDeviceView>[] = [
  { name: 'REQ', width: 3, align: 'right', cell: (device) => device.request },
  { name: 'ADDR', width: 7, cell: addressText },
  { name: 'TYPE', width: 14, cell: (device) => device.type },
  { name: 'STATE', width: 9, cell: (device) => device.state },
  { name: 'NAME', width: 4, cell: (device) => device.name ?? `Device ${device.type.split(':')[1] ?? ''}` },
]

export const VM_USB_COLUMNS: readonly TableColumn<VmUsbDeviceView>[] = [
  { name: 'REQ', width: 3, align: 'right', cell: (device) => device.request },
  { name: 'BUS:DEV', width: 7, cell: usbNumbersText },
  { name: 'PORT', width: 6, cell: (device) => device.port },
  { name: 'ID', width: 9, cell: (device) => device.id },
  { name: 'STATE', width: 9, cell: (device) => device.state },
  { name: 'NAME', width: 4, cell: (device) => device.name ?? `Device ${device.id.split(':')[1] ?? ''}` },
]
