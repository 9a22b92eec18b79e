/** Devices that VMs hold, as lists of VMs show them: of their facts, which are long, no more than the name is read. */
import { sql } from 'kysely'
import type { Device } from '../model/device.ts'
import { isSqlite } from './engine.ts'
import type { Queries } from './tables.ts'

export interface HeldDevice
  extends Pick<Device, 'address' | 'vendorId' | 'deviceId' | 'classId' | 'deviceName'> {
  readonly host: number
  /** False = not in the host's last report. */
  readonly present: boolean
}

/** Of these VMs, or of any; in no order. */
export async function listHeldDevices(q: Queries, vms?: readonly number[]): Promise<HeldDevice[]> {
  const name = isSqlite(q)
    ? sql<string | null>`json_extract(devices.facts, '$.deviceName')`
    : sql<string | null>`devices.facts::json ->> 'deviceName'`
  const query = q
    .selectFrom('claims')
    .innerJoin('devices', (join) =>
      join.onRef('devices.host', '=', 'claims.host').onRef('devices.address', '=', 'claims.address'),
    )
    .select(['devices.host', 'devices.address', 'devices.present'])
    .select(['vendor_id as vendorId', 'device_id as deviceId', 'class_id as classId', name.as('deviceName')])
  const rows = await (vms === undefined ? query : query.where('claims.vm', 'in', vms)).execute()
  return rows.map((row) => ({ ...row, present: row.present === 1 }))
}
