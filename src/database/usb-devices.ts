/** The table `usb_devices`: each host's USB devices, hubs included, by a key that stays when they are plugged in anew. */
import type { Selectable } from 'kysely'
import { compareUsbPorts, type ReportedUsbDevice, type UsbDevice } from '../model/usb-device.ts'
import { noteChanges } from './changes.ts'
import { chunks, fromJson } from './json.ts'
import type { Queries, UsbDevicesTable } from './tables.ts'

export interface StoredUsbDevice extends ReportedUsbDevice {
  readonly host: number
  /** The identity under which it was seen first: its present one may be another, as serials are shared or not. */
  readonly key: string
  /** False = not in the host's last report: kept because a VM holds it. */
  readonly present: boolean
  /** What a VM holds is not what is there now: why, in words. */
  readonly swapped: string | null
  readonly firstSeen: number
  readonly lastSeen: number
}

/** By host, then bus and port; of one host, or of all. */
export async function listUsbDevices(q: Queries, host?: number): Promise<StoredUsbDevice[]> {
  const query = q.selectFrom('usb_devices').selectAll()
  const rows = await (host === undefined ? query : query.where('host', '=', host)).execute()
  return rows.map(toDevice).sort((a, b) => a.host - b.host || compareUsbPorts(a, b))
}

export async function insertUsbDevices(q: Queries, devices: readonly StoredUsbDevice[]): Promise<void> {
  for (const piece of chunks(devices, 500))
    await q.insertInto('usb_devices').values(piece.map(toRow)).execute()
}

/** Writes all of a device's columns. */
export async function updateUsbDevice(q: Queries, device: StoredUsbDevice): Promise<void> {
  const { host, key, ...row } = toRow(device)
  await q.updateTable('usb_devices').set(row).where('host', '=', host).where('key', '=', key).execute()
  await noteChanges(q, 'host', [host])
}

/** Fails on a foreign key where one of them is claimed. */
export async function deleteUsbDevices(q: Queries, host: number, keys: readonly string[]): Promise<void> {
  for (const piece of chunks(keys, 500))
    await q.deleteFrom('usb_devices').where('host', '=', host).where('key', 'in', piece).execute()
}

/** What vanished stays only as long as somebody holds it. */
export async function deleteForgottenUsb(q: Queries, host: number): Promise<void> {
  await q
    .deleteFrom('usb_devices')
    .where('host', '=', host)
    .where('present', '=', 0)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('usb_claims')
            .select('usb_claims.vm')
            .whereRef('usb_claims.host', '=', 'usb_devices.host')
            .whereRef('usb_claims.key', '=', 'usb_devices.key'),
        ),
      ),
    )
    .execute()
}

/** The facts of a device in one fixed order, so that equal facts are equal texts. */
export function usbFacts(device: UsbDevice): string {
  const facts: UsbDevice = {
    bus: device.bus,
    device: device.device,
    port: device.port,
    vendorId: device.vendorId,
    productId: device.productId,
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
  }
  return JSON.stringify(facts)
}

function toRow(device: StoredUsbDevice): Selectable<UsbDevicesTable> {
  return {
    host: device.host,
    key: device.key,
    bus: device.bus,
    device: device.device,
    port: device.port,
    controller: device.controller,
    vendor_id: device.vendorId,
    product_id: device.productId,
    hub: device.hub ? 1 : 0,
    facts: usbFacts(device),
    present: device.present ? 1 : 0,
    swapped: device.swapped,
    in_use: JSON.stringify(device.inUse),
    first_seen: device.firstSeen,
    last_seen: device.lastSeen,
  }
}

function toDevice(row: Selectable<UsbDevicesTable>): StoredUsbDevice {
  return {
    ...fromJson<UsbDevice>(row.facts),
    // Plans are made on these columns.
    ...{ bus: row.bus, device: row.device, port: row.port, controller: row.controller },
    ...{ vendorId: row.vendor_id, productId: row.product_id, hub: row.hub === 1 },
    host: row.host,
    key: row.key,
    present: row.present === 1,
    swapped: row.swapped,
    inUse: fromJson(row.in_use),
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
  }
}
