/** Rows -> the scheduler's picture of the hosts: a handful of queries, however many there are. */
import { listDomains, type StoredDomain } from '../database/domains.ts'
import { listHosts } from '../database/hosts.ts'
import { readCluster } from '../database/meta.ts'
import type { Queries } from '../database/tables.ts'
import { listVms, type StoredVm } from '../database/vms.ts'
import type { Address } from '../model/address.ts'
import type { Host, HostState } from '../model/host.ts'
import { lacksUefi, missingChecks } from '../model/readiness.ts'
import type { SnapshotDevice, SnapshotHost, SnapshotUsbDevice } from '../model/snapshot.ts'
import { withUsbUse } from '../model/usb-assignable.ts'
import { heldByOthers } from './host-use.ts'
import { markUsbHeld, usbHeldByOthers } from './usb-use.ts'

export interface HostsOptions {
  /** Only these; default all. */
  readonly hosts?: readonly number[]
  readonly stateOf: (host: Host) => HostState
}

export interface HostsPicture {
  /** By id. */
  readonly hosts: readonly SnapshotHost[]
  /** Of each of them: what commitPlan verifies. */
  readonly generations: ReadonlyMap<number, number>
}

/** Call it inside `Database.read` (or `transaction`), so that all queries see one state. */
export async function readHosts(q: Queries, options: HostsOptions): Promise<HostsPicture> {
  const wanted = options.hosts === undefined ? null : new Set(options.hosts)
  const hosts = (await listHosts(q)).filter(({ id }) => wanted === null || wanted.has(id))
  const placed = groupBy(await listVms(q, { states: PLACED }), ({ host }) => host)
  const domains = groupBy(await listDomains(q), ({ host }) => host)
  const devices = await readDevices(q, options.hosts)
  const usb = await readUsb(q, options.hosts)
  const cluster = await readCluster(q)
  const pictures = hosts.map((host) => {
    const here = placed.get(host.id) ?? []
    const ofHost = devices.get(host.id) ?? []
    const held = devicesOfOthers(domains.get(host.id) ?? [], here, ofHost, cluster)
    const used = held.size === 0 ? ofHost : ofHost.map((device) => inUse(device, held))
    const picture = snapshotHost(host, options.stateOf(host), here, used)
    const ofUsb = usb.get(host.id)
    return ofUsb === undefined ? picture : withUsb(picture, ofUsb, domains.get(host.id) ?? [], here, cluster)
  })
  return { hosts: pictures, generations: new Map(hosts.map(({ id, generation }) => [id, generation])) }
}

/** States in which a VM takes its host's cores and memory. */
const PLACED = ['BOOT', 'RUNNING', 'SHUTDOWN', 'UNKNOWN'] as const

/** CPU in hundredths of a core; a host that never reported has none. */
function snapshotHost(
  host: Host,
  state: HostState,
  vms: readonly StoredVm[],
  devices: readonly SnapshotDevice[],
): SnapshotHost {
  const { id, name, cluster, capacity, attributes, readiness } = host
  return {
    ...{ id, name, state, cluster, attributes, devices },
    passthroughReady: (readiness?.ready ?? true) && devices.some(({ iommuGroup }) => iommuGroup !== null),
    ...(readiness !== null && !readiness.ready && { missing: missingChecks(readiness) }),
    ...(readiness !== null && lacksUefi(readiness) && { noUefi: true }),
    ungroupedAllowed: false,
    cpu: (capacity?.cpus ?? 0) * 100,
    usedCpu: vms.reduce((sum, { cpu }) => sum + cpu, 0),
    memoryMiB: Math.floor((capacity?.memoryKiB ?? 0) / 1024),
    usedMemoryMiB: vms.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0),
    runningVms: vms.length,
  }
}

/** Present ones by host, in no order. */
async function readDevices(q: Queries, hosts?: readonly number[]): Promise<Map<number, SnapshotDevice[]>> {
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

function devicesOfOthers(
  domains: readonly StoredDomain[],
  vms: readonly StoredVm[],
  devices: readonly SnapshotDevice[],
  cluster: string,
): ReadonlyMap<Address, string> {
  if (domains.every(({ hostdevs }) => hostdevs.length === 0)) return new Map()
  const epochs = new Map(vms.map(({ id, epoch }) => [id, epoch]))
  const claims = new Map(devices.map(({ address, claimedBy }) => [address, claimedBy]))
  return heldByOthers(domains, epochs, cluster, (address) => claims.get(address) ?? null)
}

/** The host with its USB devices, and its controllers told of those that somebody has. */
function withUsb(
  host: SnapshotHost,
  usb: readonly SnapshotUsbDevice[],
  domains: readonly StoredDomain[],
  vms: readonly StoredVm[],
  cluster: string,
): SnapshotHost {
  const epochs = new Map(vms.map(({ id, epoch }) => [id, epoch]))
  const marked = markUsbHeld(host.devices, usb, usbHeldByOthers(domains, epochs, cluster, usb))
  return { ...host, usb: marked.usb, devices: withUsbUse(marked.devices, marked.usb) }
}

/** Present ones by host, in no order. */
async function readUsb(q: Queries, hosts?: readonly number[]): Promise<Map<number, SnapshotUsbDevice[]>> {
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

function inUse(device: SnapshotDevice, held: ReadonlyMap<Address, string>): SnapshotDevice {
  return held.has(device.address) ? { ...device, inUseByHost: true } : device
}

function groupBy<T>(rows: readonly T[], keyOf: (row: T) => number | null): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key === null) continue
    const same = groups.get(key)
    if (same) same.push(row)
    else groups.set(key, [row])
  }
  return groups
}
