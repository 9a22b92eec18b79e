/** The table `device_history`: what happened to each device, in words; the newest lines of each are kept. */
import { sql } from 'kysely'
import type { Address } from '../model/address.ts'
import {
  type DeviceEvent,
  type DeviceHistoryLine,
  type DeviceRef,
  historyKey,
} from '../model/device-history.ts'
import { chunks } from './json.ts'
import type { Queries } from './tables.ts'

/** Lines kept of each device: some fifty VMs. */
export const DEVICE_HISTORY_KEPT = 100

/** A line as it is read: `address` is where the device was then. */
export interface StoredDeviceLine {
  readonly at: number
  readonly event: DeviceEvent
  readonly vm: number | null
  readonly address: Address
  readonly what: string
}

/**
 * Only writes: for commits, which have no time to look back. Whatever ends a claim forgets what is too old
 * (`writeDeviceHistory`), so that no history grows.
 */
export async function appendDeviceHistory(
  q: Queries,
  lines: readonly DeviceHistoryLine[],
  now: number,
): Promise<void> {
  for (const piece of chunks(lines, 500))
    await q
      .insertInto('device_history')
      .values(
        piece.map(({ host, address, identity, event, vm, what }) => ({
          ...{ host, address, event, vm, what, at: now },
          device: historyKey({ identity, address }),
        })),
      )
      .execute()
}

/** Writes, and forgets what is too old of the same devices. */
export async function writeDeviceHistory(
  q: Queries,
  lines: readonly DeviceHistoryLine[],
  now: number,
): Promise<void> {
  await appendDeviceHistory(q, lines, now)
  const keys = new Map<number, Set<string>>()
  for (const line of lines) keys.set(line.host, (keys.get(line.host) ?? new Set()).add(historyKey(line)))
  for (const [host, devices] of keys)
    for (const piece of chunks([...devices], 500)) await forgetOld(q, host, piece)
}

/** The last word about a claim stays, however much has happened since: `db check` holds it against the claims. */
async function forgetOld(q: Queries, host: number, devices: readonly string[]): Promise<void> {
  await sql`
    delete from device_history where id in (
      select id from (
        select id, row_number() over (partition by device order by id desc) as place,
          max(case when event in ('claimed', 'released') then id end) over (partition by device) as last_claim
        from device_history where host = ${host} and device in (${sql.join(devices)})
      ) as newest_first
      where place > ${DEVICE_HISTORY_KEPT} and (last_claim is null or id <> last_claim)
    )`.execute(q)
}

/** Oldest first, whatever its addresses were. */
export async function listDeviceHistory(q: Queries, device: DeviceRef): Promise<StoredDeviceLine[]> {
  return q
    .selectFrom('device_history')
    .select(['at', 'event', 'vm', 'address', 'what'])
    .where('host', '=', device.host)
    .where('device', '=', historyKey(device))
    .orderBy('id')
    .execute()
}

/** Of every device that was ever at the address: all there is to tell of one that is gone. Oldest first. */
export async function listAddressHistory(
  q: Queries,
  host: number,
  address: Address,
): Promise<StoredDeviceLine[]> {
  return q
    .selectFrom('device_history')
    .select(['at', 'event', 'vm', 'address', 'what'])
    .where('host', '=', host)
    .where('address', '=', address)
    .orderBy('id')
    .execute()
}

/** Which of these keys have `missing` as their newest line. */
export async function listMissing(q: Queries, host: number, keys: readonly string[]): Promise<Set<string>> {
  const missing = new Set<string>()
  for (const piece of chunks(keys, 500)) {
    const newest = q
      .selectFrom('device_history')
      .select(({ fn }) => fn.max('id').as('id'))
      .where('host', '=', host)
      .where('device', 'in', piece)
      .groupBy('device')
    const rows = await q
      .selectFrom('device_history')
      .select('device')
      .where('id', 'in', newest)
      .where('event', '=', 'missing')
      .execute()
    for (const { device } of rows) missing.add(device)
  }
  return missing
}

/** The device is known by another key from now on: its identity could be read, or read better, than before. */
export async function renameDeviceHistory(q: Queries, host: number, from: string, to: string): Promise<void> {
  await q
    .updateTable('device_history')
    .set({ device: to })
    .where('host', '=', host)
    .where('device', '=', from)
    .execute()
}

export interface OpenClaim {
  readonly host: number
  /** As `historyKey` has it. */
  readonly device: string
  readonly address: Address
  readonly vm: number | null
}

/** Who has which device, as the lines tell it: of each device and VM the newest one about a claim. */
export async function listOpenClaims(q: Queries): Promise<OpenClaim[]> {
  const newest = q
    .selectFrom('device_history')
    .select(({ fn }) => fn.max('id').as('id'))
    .where('event', 'in', ['claimed', 'released'])
    .groupBy(['host', 'device', 'vm'])
  return q
    .selectFrom('device_history')
    .select(['host', 'device', 'address', 'vm'])
    .where('id', 'in', newest)
    .where('event', '=', 'claimed')
    .orderBy('id')
    .execute()
}
