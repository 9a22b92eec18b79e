/** What little is read of the devices of all hosts at once: how many there are, which are not there, and what some are called. */
import type { Address } from '../model/address.ts'
import type { Device } from '../model/device.ts'
import { chunks, fromJson } from './json.ts'
import type { Queries } from './tables.ts'

/** By host; one without devices is left out. */
export async function countDevices(
  q: Queries,
): Promise<readonly { readonly host: number; readonly devices: number }[]> {
  return q
    .selectFrom('devices')
    .select(({ fn }) => ['host', fn.countAll<number>().as('devices')])
    .groupBy('host')
    .orderBy('host')
    .execute()
}

export interface MissingDevice
  extends Pick<Device, 'address' | 'vendorId' | 'deviceId' | 'classId' | 'kind' | 'bridge'> {
  readonly host: number
  readonly offered: boolean
}

/** Those of these hosts that the host's last report did not have; in no order. */
export async function listMissingDevices(q: Queries, hosts: readonly number[]): Promise<MissingDevice[]> {
  const rows = await q
    .selectFrom('devices')
    .select(['host', 'address', 'vendor_id', 'device_id', 'class_id', 'kind', 'bridge', 'offered'])
    .where('present', '=', 0)
    .where('host', 'in', hosts)
    .execute()
  return rows.map(({ host, address, kind, ...row }) => ({
    ...{ host, address, kind, vendorId: row.vendor_id, deviceId: row.device_id, classId: row.class_id },
    ...{ bridge: row.bridge === 1, offered: row.offered === 1 },
  }))
}

export interface DevicePlace {
  readonly host: number
  readonly address: Address
}

export type NamedDevice = DevicePlace & Pick<Device, 'vendorName' | 'deviceName' | 'className'>

/** So many conditions a query: SQLite takes a thousand. */
const PLACES = 400

/** What devices at these places are called; in no order. */
export async function listDeviceNames(q: Queries, places: readonly DevicePlace[]): Promise<NamedDevice[]> {
  const named: NamedDevice[] = []
  for (const piece of chunks(places, PLACES)) {
    const rows = await q
      .selectFrom('devices')
      .select(['host', 'address', 'facts'])
      .where((row) =>
        row.or(
          piece.map(({ host, address }) => row.and([row('host', '=', host), row('address', '=', address)])),
        ),
      )
      .execute()
    for (const { host, address, facts } of rows) {
      const { vendorName, deviceName, className } = fromJson<Device>(facts)
      named.push({ host, address, vendorName, deviceName, className })
    }
  }
  return named
}
