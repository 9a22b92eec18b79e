/** `probe usb`: this host's USB devices as a table or as JSON. */
import { dirname, join } from 'node:path'
import { type ReportedUsbDevice, usbNumbersText } from '../../src/model/usb-device.ts'
import {
  USB_INVENTORY_SCHEMA,
  type UsbInventory,
  usbId,
  usbToDocument,
} from '../../src/model/usb-document.ts'
import { readArguments, UsageError } from '../arguments.ts'
import { table } from '../format/table.ts'
import { readBootId, readHostName } from '../host-identity.ts'
import type { ProbeIo } from '../io.ts'
import { openFilesOf } from '../usage/open-files.ts'
import { hostEvidence } from '../usage/usage.ts'
import { probeUsb } from './probe.ts'

const HELP = `berth probe usb - list this host's USB devices

  --sysfs DIR      the sysfs mount to read (default /sys)
  --proc DIR       the proc mount that tells what the host uses (default: the proc beside sysfs)
  --format FORMAT  table (default) or json
  -j, --json       the same as --format json

Hubs are never given to VMs, nor is what the host uses (a mounted disk, a network adapter with an address).

Examples:
  $ berth probe usb
  $ berth probe usb --json
`

/** Exit status 0. UsageError, CommandFailed are thrown. */
export async function usbCommand(argv: readonly string[], io: ProbeIo): Promise<number> {
  const options = readArguments(argv, {
    sysfs: { type: 'string' },
    proc: { type: 'string' },
    format: { type: 'string' },
    json: { type: 'boolean', short: 'j' },
    help: { type: 'boolean', short: 'h' },
  })
  if (options.help === true) {
    io.stdout(HELP)
    return 0
  }
  const format = options.format ?? (options.json === true ? 'json' : 'table')
  if (format !== 'table' && format !== 'json')
    throw new UsageError('wrong-usage', `unknown format "${format}"; there are table, json`, { format })
  const { sysfs = '/sys' } = options
  const proc = options.proc ?? join(dirname(sysfs), 'proc')
  const warn = (message: string) => io.stderr(`berth probe usb: ${message}\n`)
  const devices = probeUsb(sysfs, hostEvidence(sysfs, proc, openFilesOf(proc, warn)), warn)
  io.stdout(format === 'json' ? usbInventory(sysfs, devices) : usbTable(devices))
  return 0
}

/** Another machine's tree says nothing of its boot, and this machine's boot nothing of it. */
function usbInventory(sysfs: string, devices: readonly ReportedUsbDevice[]): string {
  const inventory: UsbInventory = {
    schema: USB_INVENTORY_SCHEMA,
    host: readHostName('/proc'),
    bootId: sysfs === '/sys' ? readBootId('/proc') : null,
    devices: devices.map(usbToDocument),
  }
  return `${JSON.stringify(inventory)}\n`
}

function usbTable(devices: readonly ReportedUsbDevice[]): string {
  return table(
    ['BUS:DEV', 'PORT', 'ID', 'SPEED', 'CONTROLLER', 'DRIVER', 'NAME', 'IN USE'],
    devices.map((device) => [
      usbNumbersText(device),
      device.port,
      usbId(device),
      device.speed === null ? '-' : `${device.speed}M`,
      device.controller ?? '-',
      device.drivers.join(',') || '-',
      [device.vendorName, device.productName].filter((name) => name !== null).join(' '),
      device.hub ? 'hub' : device.inUse.map(({ detail }) => detail).join(', '),
    ]),
  )
}
