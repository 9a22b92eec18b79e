/** The table `devices`: each host's inventory, and what operators and failures made of it. */
import { isDeepStrictEqual } from 'node:util'
import type { Selectable } from 'kysely'
import { type Address, compareAddresses } from '../model/address.ts'
import type { Device } from '../model/device.ts'
import { NotFound } from '../model/errors.ts'
import type { ReportedDevice } from '../model/report.ts'
import type { DeviceHealth } from '../model/snapshot.ts'
import type { Usage } from '../model/usage.ts'
import { noteChanges } from './changes.ts'
import { chunks, fromJson } from './json.ts'
import type { DevicesTable, Queries } from './tables.ts'

/** The driver that a device came from; null = it had none. */
export interface BoundFrom {
  readonly driver: string | null
}

export interface StoredDevice extends ReportedDevice {
  readonly host: number
  /** False = not in the host's last report: kept because a VM holds it, or because of its health. */
  readonly present: boolean
  /** Empty = the host does not use it. */
  readonly inUse: readonly Usage[]
  /** An operator said that it may be given although the host uses it. */
  readonly allowed: boolean
  readonly health: DeviceHealth
  readonly healthReason: string | null
  /** Failed attachments and returns in a row. */
  readonly failures: number
  /** An operator wants it on vfio-pci for good. */
  readonly reserved: boolean
  /** Where Berth took it from for an operator, in this boot; null = it did not. */
  readonly boundFrom: BoundFrom | null
  /** Virtual functions that an operator wants of it, after a reboot too; null = none. */
  readonly wantedVfs: number | null
  /** The kernel is to bind its drivers to them. */
  readonly vfAutoprobe: boolean
  readonly firstSeen: number
  readonly lastSeen: number
}

/** In address order. */
export async function listDevices(q: Queries, host: number): Promise<StoredDevice[]> {
  const rows = await q.selectFrom('devices').selectAll().where('host', '=', host).execute()
  return rows.map(toDevice).sort((a, b) => compareAddresses(a.address, b.address))
}

/** Of all hosts, or of these, by host, then address. */
export async function listAllDevices(q: Queries, hosts?: readonly number[]): Promise<StoredDevice[]> {
  const query = q.selectFrom('devices').selectAll()
  const rows = await (hosts === undefined ? query : query.where('host', 'in', hosts)).execute()
  return rows.map(toDevice).sort((a, b) => a.host - b.host || compareAddresses(a.address, b.address))
}

/** Those whose columns say something else than their facts: never, unless somebody else wrote them. */
export async function listTornDevices(
  q: Queries,
): Promise<readonly { readonly host: number; readonly address: Address }[]> {
  const columns = ({ facts: _, in_use: __, ...rest }: Selectable<DevicesTable>) => rest
  const rows = await q.selectFrom('devices').selectAll().execute()
  return rows.filter((row) => !isDeepStrictEqual(columns(row), columns(toRow(toDevice(row)))))
}

export async function findDevice(q: Queries, host: number, address: Address): Promise<StoredDevice | null> {
  const row = await q
    .selectFrom('devices')
    .selectAll()
    .where('host', '=', host)
    .where('address', '=', address)
    .executeTakeFirst()
  return row ? toDevice(row) : null
}

/** NotFound `unknown-device`. */
export async function getDevice(q: Queries, host: number, address: Address): Promise<StoredDevice> {
  const device = await findDevice(q, host, address)
  if (device !== null) return device
  throw new NotFound(
    'unknown-device',
    `host ${host} has no device ${address}; \`berth device list\` shows the devices`,
    {
      host,
      address,
    },
  )
}

/** Of those addresses where there is a device. */
export async function listIdentities(
  q: Queries,
  host: number,
  addresses: readonly Address[],
): Promise<ReadonlyMap<Address, string | null>> {
  const identities = new Map<Address, string | null>()
  for (const piece of chunks(addresses, 500)) {
    const rows = await q
      .selectFrom('devices')
      .select(['address', 'identity'])
      .where('host', '=', host)
      .where('address', 'in', piece)
      .execute()
    for (const { address, identity } of rows) identities.set(address, identity)
  }
  return identities
}

/** Those that the VM holds and that failed before. */
export async function listFailing(
  q: Queries,
  vm: number,
): Promise<readonly { readonly host: number; readonly address: Address }[]> {
  return q
    .selectFrom('claims')
    .innerJoin('devices', (join) =>
      join.onRef('devices.host', '=', 'claims.host').onRef('devices.address', '=', 'claims.address'),
    )
    .select(['devices.host', 'devices.address'])
    .where('claims.vm', '=', vm)
    .where('devices.failures', '>', 0)
    .execute()
}

export async function insertDevices(q: Queries, devices: readonly StoredDevice[]): Promise<void> {
  for (const piece of chunks(devices, 500)) await q.insertInto('devices').values(piece.map(toRow)).execute()
}

/** Writes all of a device's columns. */
export async function updateDevice(q: Queries, device: StoredDevice): Promise<void> {
  const { host, address, ...row } = toRow(device)
  await q.updateTable('devices').set(row).where('host', '=', host).where('address', '=', address).execute()
}

/** Fails on a foreign key where one of them is claimed. */
export async function deleteDevices(q: Queries, host: number, addresses: readonly Address[]): Promise<void> {
  for (const piece of chunks(addresses, 500))
    await q.deleteFrom('devices').where('host', '=', host).where('address', 'in', piece).execute()
}

/**
 * A device that vanished stays only as long as somebody holds it, or said that it is not to be given, or wants virtual functions
 * of it; whether VFs come back where such a wish is, the next report tells.
 */
export async function deleteForgotten(q: Queries, host: number): Promise<void> {
  await q
    .deleteFrom('devices')
    .where('host', '=', host)
    .where('present', '=', 0)
    .where('health', '=', 'ok')
    .where('wanted_vfs', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('claims')
            .select('claims.vm')
            .whereRef('claims.host', '=', 'devices.host')
            .whereRef('claims.address', '=', 'devices.address'),
        ),
      ),
    )
    .where(({ or, eb, not, exists, selectFrom }) =>
      or([
        eb('kind', '<>', 'vf'),
        not(
          exists(
            selectFrom('devices as pfs')
              .select('pfs.address')
              .whereRef('pfs.host', '=', 'devices.host')
              .where('pfs.wanted_vfs', 'is not', null),
          ),
        ),
      ]),
    )
    .execute()
}

export interface DeviceMark {
  readonly allowed?: boolean
  readonly health?: DeviceHealth
  readonly healthReason?: string | null
  readonly failures?: number
  readonly reserved?: boolean
  readonly boundFrom?: BoundFrom | null
  readonly wantedVfs?: number | null
  readonly vfAutoprobe?: boolean
}

/** What operators and failures say of a device; a field left out stays as it is. */
export async function markDevice(
  q: Queries,
  host: number,
  address: Address,
  mark: DeviceMark,
): Promise<void> {
  const row = {
    ...(mark.allowed !== undefined && { allowed: mark.allowed ? (1 as const) : (0 as const) }),
    ...(mark.health !== undefined && { health: mark.health }),
    ...(mark.healthReason !== undefined && { health_reason: mark.healthReason }),
    ...(mark.failures !== undefined && { failures: mark.failures }),
    ...(mark.reserved !== undefined && { reserved: mark.reserved ? (1 as const) : (0 as const) }),
    ...(mark.boundFrom !== undefined && { bound_from: boundFromText(mark.boundFrom) }),
    ...(mark.wantedVfs !== undefined && { wanted_vfs: mark.wantedVfs }),
    ...(mark.vfAutoprobe !== undefined && { vf_autoprobe: mark.vfAutoprobe ? (1 as const) : (0 as const) }),
  }
  if (Object.keys(row).length === 0) return
  await q.updateTable('devices').set(row).where('host', '=', host).where('address', '=', address).execute()
  await noteChanges(q, 'host', [host])
}

const boundFromText = (from: BoundFrom | null): string | null =>
  from === null ? null : JSON.stringify({ driver: from.driver })

/** The facts of a device in one fixed order, so that equal facts are equal texts. */
export function deviceFacts(device: Device): string {
  const facts: Device = {
    address: device.address,
    vendorId: device.vendorId,
    deviceId: device.deviceId,
    classId: device.classId,
    progIf: device.progIf,
    revision: device.revision,
    subsystemVendorId: device.subsystemVendorId,
    subsystemDeviceId: device.subsystemDeviceId,
    vendorName: device.vendorName,
    deviceName: device.deviceName,
    className: device.className,
    kind: device.kind,
    parent: device.parent,
    totalVfs: device.totalVfs,
    numVfs: device.numVfs,
    numaNode: device.numaNode,
    iommuGroup: device.iommuGroup,
    driver: device.driver,
    bridge: device.bridge,
    networkInterfaces: device.networkInterfaces,
    resetMethods: device.resetMethods,
    msix: device.msix,
    pcie: device.pcie,
    identity: device.identity,
    passthrough: device.passthrough,
  }
  return JSON.stringify(facts)
}

function toRow(device: StoredDevice): Selectable<DevicesTable> {
  return {
    host: device.host,
    address: device.address,
    vendor_id: device.vendorId,
    device_id: device.deviceId,
    class_id: device.classId,
    kind: device.kind,
    parent: device.parent,
    numa_node: device.numaNode,
    iommu_group: device.iommuGroup,
    driver: device.driver,
    bridge: device.bridge ? 1 : 0,
    identity: device.identity,
    facts: deviceFacts(device),
    offered: device.offered ? 1 : 0,
    present: device.present ? 1 : 0,
    in_use: JSON.stringify(device.inUse),
    allowed: device.allowed ? 1 : 0,
    health: device.health,
    health_reason: device.healthReason,
    failures: device.failures,
    reserved: device.reserved ? 1 : 0,
    bound_from: boundFromText(device.boundFrom),
    wanted_vfs: device.wantedVfs,
    vf_autoprobe: device.vfAutoprobe ? 1 : 0,
    first_seen: device.firstSeen,
    last_seen: device.lastSeen,
  }
}

function toDevice(row: Selectable<DevicesTable>): StoredDevice {
  const facts = fromJson<Device>(row.facts)
  return {
    ...facts,
    // Absent in rows that an earlier version wrote.
    passthrough: facts.passthrough ?? null,
    host: row.host,
    offered: row.offered === 1,
    present: row.present === 1,
    inUse: fromJson(row.in_use),
    allowed: row.allowed === 1,
    health: row.health,
    healthReason: row.health_reason,
    failures: row.failures,
    reserved: row.reserved === 1,
    boundFrom: row.bound_from === null ? null : fromJson(row.bound_from),
    wantedVfs: row.wanted_vfs,
    vfAutoprobe: row.vf_autoprobe === 1,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
  }
}
