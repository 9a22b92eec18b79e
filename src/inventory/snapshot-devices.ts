/** Rows -> a host's PCI and USB devices as the scheduler sees them, before what domains of others hold is marked. */
import type { Queries } from '../database/tables.ts'
import type { SnapshotDevice, SnapshotUsbDevice } from '../model/snapshot.ts'
import { groupBy } from './group-by.ts'

/** Present ones by host, in no order; of these hosts, or of all. */
export async function readDevices(
  q: Queries,
  hosts?: readonly number[],
): Promise<ReadonlyMap<number, SnapshotDevice[]>> {
  let query = q
    .selectFrom('devices')
    .leftJoin('claims', (join) =>
      join.onRef('claims.host', '=', 'devices.host').onRef('claims.address', '=', 'devices.address'),
    )
    .select(['devices.host', 'devices.address', 'devices.iommu_group', 'claims.vm'])
    .select(['vendor_id', 'device_id', 'class_id', 'kind', 'parent', 'numa_node', 'driver', 'bridge'])
    .select(['offered', 'in_use', 'allowed', 'health', 'wanted_vfs'])
    .where('present', '=', 1)
  if (hosts !== undefined) query = query.where('devices.host', 'in', hosts)
  const byHost = groupBy(await query.execute(), ({ host }) => host)
  return new Map(
    [...byHost].map(([host, rows]) => [
      host,
      rows.map((row) => ({
        address: row.address,
        vendorId: row.vendor_id,
        deviceId: row.device_id,
        classId: row.class_id,
        kind: row.kind,
        parent: row.parent,
        numaNode: row.numa_node,
        iommuGroup: row.iommu_group,
        driver: row.driver,
        bridge: row.bridge === 1,
        offered: row.offered === 1,
        claimedBy: row.vm,
        inUseByHost: row.in_use !== '[]' && row.allowed === 0,
        health: row.health,
        wantedVfs: row.wanted_vfs,
      })),
    ]),
  )
}

/** Present ones by host, in no order; of these hosts, or of all. */
export async function readUsbDevices(
  q: Queries,
  hosts?: readonly number[],
): Promise<ReadonlyMap<number, SnapshotUsbDevice[]>> {
  let query = q
    .selectFrom('usb_devices')
    .leftJoin('usb_claims', (join) =>
      join.onRef('usb_claims.host', '=', 'usb_devices.host').onRef('usb_claims.key', '=', 'usb_devices.key'),
    )
    .select(['usb_devices.host', 'usb_devices.key', 'usb_claims.vm'])
    .select(['bus', 'device', 'port', 'vendor_id', 'product_id', 'hub', 'controller', 'in_use', 'swapped'])
    .where('present', '=', 1)
  if (hosts !== undefined) query = query.where('usb_devices.host', 'in', hosts)
  const byHost = groupBy(await query.execute(), ({ host }) => host)
  return new Map(
    [...byHost].map(([host, rows]) => [
      host,
      rows.map((row) => ({
        ...{ key: row.key, bus: row.bus, device: row.device, port: row.port },
        vendorId: row.vendor_id,
        productId: row.product_id,
        hub: row.hub === 1,
        controller: row.controller,
        claimedBy: row.vm,
        inUseByHost: row.in_use !== '[]',
        swapped: row.swapped !== null,
      })),
    ]),
  )
}
