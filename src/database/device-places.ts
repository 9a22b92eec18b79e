/** Which hosts have devices of what kind: so that who looks for a few does not read all. */
import type { HexId } from '../model/ids.ts'
import type { DeviceHealth } from '../model/snapshot.ts'
import type { Queries } from './tables.ts'

/** The ids that devices of a host have, each combination once. */
export interface HostIds {
  readonly host: number
  readonly vendorId: HexId
  readonly deviceId: HexId
  readonly classId: HexId
}

/** By host. */
export async function listHostIds(q: Queries): Promise<readonly HostIds[]> {
  const rows = await q
    .selectFrom('devices')
    .select(['host', 'vendor_id', 'device_id', 'class_id'])
    .groupBy(['host', 'vendor_id', 'device_id', 'class_id'])
    .orderBy('host')
    .execute()
  return rows.map((row) => ({
    ...{ host: row.host, vendorId: row.vendor_id, deviceId: row.device_id, classId: row.class_id },
  }))
}

/** A field left out does not matter. */
export interface StoredState {
  /** A VM has it, passed or as a group mate. */
  readonly held?: true
  readonly present?: false
  readonly health?: DeviceHealth
}

/** Ids of the hosts that have at least one such device, in order; with no field, of all hosts. */
export async function hostsWithDevices(q: Queries, state: StoredState): Promise<readonly number[]> {
  const { held, present, health } = state
  if (held) {
    const rows = await q.selectFrom('claims').select('host').distinct().orderBy('host').execute()
    return rows.map(({ host }) => host)
  }
  if (present === undefined && health === undefined) {
    const rows = await q.selectFrom('hosts').select('id').orderBy('id').execute()
    return rows.map(({ id }) => id)
  }
  let query = q.selectFrom('devices').select('host').distinct().orderBy('host')
  if (present !== undefined) query = query.where('present', '=', 0)
  if (health !== undefined) query = query.where('health', '=', health)
  return (await query.execute()).map(({ host }) => host)
}
