/** Rows -> the scheduler's picture of the cluster, and what a commit needs of it: a handful of queries for all hosts. */

import { listDomains, type StoredDomain } from '../database/domains.ts'
import { listHosts } from '../database/hosts.ts'
import { readCluster } from '../database/meta.ts'
import type { Queries } from '../database/tables.ts'
import { listVms, type StoredVm } from '../database/vms.ts'
import type { Address } from '../model/address.ts'
import { InvalidInput } from '../model/errors.ts'
import type { Host, HostState } from '../model/host.ts'
import type { Request } from '../model/request.ts'
import type { PendingVm, PlacementPolicy, Snapshot, SnapshotDevice, SnapshotHost } from '../model/snapshot.ts'
import type { VmDefinition } from '../model/vm.ts'
import { pendingVm } from '../template/pending.ts'
import { readTemplate, type VmTemplate } from '../template/validate.ts'
import { heldByOthers } from './host-use.ts'

export interface SnapshotOptions {
  /** Only these; default all. */
  readonly hosts?: readonly number[]
  readonly policy: PlacementPolicy
  /** Milliseconds since the epoch: VMs whose delay runs are left out. */
  readonly now: number
  readonly stateOf: (host: Host) => HostState
}

export interface ClusterPicture {
  readonly snapshot: Snapshot
  /** Of each host in it: what commitPlan verifies. */
  readonly generations: ReadonlyMap<number, number>
  /** Of each VM in it: what its order will say. */
  readonly vms: ReadonlyMap<
    number,
    { readonly definition: VmDefinition; readonly requests: readonly Request[]; readonly epoch: number }
  >
  /** VMs whose template this program does not read: they are in no snapshot. */
  readonly unreadable: readonly { readonly vm: number; readonly message: string }[]
}

/** Call it inside `Database.read` (or `transaction`), so that all queries see one state. Hosts by id, VMs by id. */
export async function readSnapshot(q: Queries, options: SnapshotOptions): Promise<ClusterPicture> {
  const wanted = options.hosts === undefined ? null : new Set(options.hosts)
  const hosts = (await listHosts(q)).filter(({ id }) => wanted === null || wanted.has(id))
  const vms = await listVms(q)
  const placed = groupBy(
    vms.filter(({ host }) => host !== null),
    ({ host }) => host,
  )
  const domains = groupBy(await listDomains(q), ({ host }) => host)
  const devices = await readDevices(q, options.hosts)
  const cluster = await readCluster(q)
  const waiting = readWaiting(vms.filter((vm) => vm.state === 'PENDING' && vm.notBefore <= options.now))
  const pictures = hosts.map((host) => {
    const here = placed.get(host.id) ?? []
    const ofHost = devices.get(host.id) ?? []
    const held = devicesOfOthers(domains.get(host.id) ?? [], here, ofHost, cluster)
    const used = held.size === 0 ? ofHost : ofHost.map((device) => inUse(device, held))
    return snapshotHost(host, options.stateOf(host), here, used)
  })
  return {
    snapshot: { policy: options.policy, vms: waiting.pending, hosts: pictures },
    generations: new Map(hosts.map(({ id, generation }) => [id, generation])),
    vms: waiting.vms,
    unreadable: waiting.unreadable,
  }
}

/** CPU in hundredths of a core; a host that never reported has none. */
function snapshotHost(
  host: Host,
  state: HostState,
  vms: readonly StoredVm[],
  devices: readonly SnapshotDevice[],
): SnapshotHost {
  const { id, name, cluster, capacity, attributes } = host
  return {
    ...{ id, name, state, cluster, attributes, devices },
    passthroughReady: devices.some(({ iommuGroup }) => iommuGroup !== null),
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
    .select(['offered', 'in_use', 'allowed', 'health'])
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

function inUse(device: SnapshotDevice, held: ReadonlyMap<Address, string>): SnapshotDevice {
  return held.has(device.address) ? { ...device, inUseByHost: true } : device
}

interface Waiting extends Pick<ClusterPicture, 'vms' | 'unreadable'> {
  readonly pending: readonly PendingVm[]
}

/** Many VMs share a template: each text is read once. */
function readWaiting(vms: readonly StoredVm[]): Waiting {
  const templates = new Map<string, VmTemplate | InvalidInput>()
  const pending: PendingVm[] = []
  const planned = new Map<number, { definition: VmDefinition; requests: readonly Request[]; epoch: number }>()
  const unreadable: { vm: number; message: string }[] = []
  for (const vm of vms) {
    const template = templates.get(vm.template) ?? read(vm.template)
    templates.set(vm.template, template)
    if (template instanceof InvalidInput) {
      unreadable.push({ vm: vm.id, message: template.message })
      continue
    }
    pending.push(pendingVm(vm, template))
    const definition = { ...template.definition, name: vm.name }
    planned.set(vm.id, { definition, requests: template.requests, epoch: vm.epoch })
  }
  return { pending, vms: planned, unreadable }
}

function read(text: string): VmTemplate | InvalidInput {
  try {
    return readTemplate(text)
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
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
