/** What a commit verifies its plan against: the hosts, VMs and devices as they are now, inside the transaction. */
import { chunks, fromJson } from '../database/json.ts'
import type { Tx } from '../database/tables.ts'
import { listUsbDevices, type StoredUsbDevice } from '../database/usb-devices.ts'
import type { Address } from '../model/address.ts'
import type { Device } from '../model/device.ts'
import type { Capacity } from '../model/host.ts'
import type { Placement } from '../model/snapshot.ts'
import type { PlanBasis } from './commit.ts'
import type { PlacedDevice, PlacedHost } from './rows.ts'

export interface CommitState {
  /** Only hosts whose generation is still the snapshot's. */
  readonly hosts: ReadonlyMap<number, PlacedHost>
  /** Only VMs that still wait, at the epoch of the snapshot. */
  readonly vms: ReadonlySet<number>
}

export async function readCommitState(
  q: Tx,
  batch: readonly Placement[],
  basis: PlanBasis,
): Promise<CommitState> {
  const addresses = new Map<number, Address[]>()
  for (const { host, devices } of batch)
    addresses.set(host, [...(addresses.get(host) ?? []), ...devices.map(({ address }) => address)])
  const givers = new Set(batch.flatMap(({ host, usb }) => (usb === undefined ? [] : [host])))
  const hosts = new Map<number, PlacedHost>()
  for (const host of await readHosts(q, [...addresses.keys()])) {
    if (basis.generations.get(host.id) !== host.generation) continue
    const devices = await readGroups(q, host.id, addresses.get(host.id) ?? [])
    // Asked only where somebody is to get one.
    const usb = givers.has(host.id) ? await readUsb(q, host.id) : NO_USB
    hosts.set(host.id, { ...host, ...devices, usb })
  }
  return { hosts, vms: await readWaiting(q, batch, basis) }
}

const NO_USB: ReadonlyMap<string, StoredUsbDevice> = new Map()

export async function readUsb(q: Tx, host: number): Promise<ReadonlyMap<string, StoredUsbDevice>> {
  return new Map((await listUsbDevices(q, host)).map((device) => [device.key, device]))
}

async function readHosts(
  q: Tx,
  ids: readonly number[],
): Promise<(Pick<PlacedHost, 'id' | 'name' | 'bootId' | 'hypervisor'> & { readonly generation: number })[]> {
  const rows = await q
    .selectFrom('hosts')
    .select(['id', 'name', 'generation', 'boot_id', 'capacity', 'enabled'])
    .where('id', 'in', ids)
    .where('enabled', '=', 1)
    .execute()
  return rows.map(({ id, name, generation, boot_id, capacity }) => {
    const hypervisor = capacity === null ? null : fromJson<Capacity>(capacity).hypervisor
    return { id, name, generation, bootId: boot_id, hypervisor: hypervisor ?? 'qemu' }
  })
}

/** The devices at `addresses` and every other one in their groups. */
export async function readGroups(
  q: Tx,
  host: number,
  addresses: readonly Address[],
): Promise<Pick<PlacedHost, 'devices' | 'byGroup'>> {
  const devices = new Map<Address, PlacedDevice>()
  for (const piece of chunks(addresses, 500)) {
    const rows = await q
      .selectFrom('devices')
      .select(['facts', 'allowed'])
      .where('host', '=', host)
      .where('present', '=', 1)
      .where((row) =>
        row.or([
          row('address', 'in', piece),
          row(
            'iommu_group',
            'in',
            row
              .selectFrom('devices as given')
              .select('given.iommu_group')
              .where('given.host', '=', host)
              .where('given.address', 'in', piece),
          ),
        ]),
      )
      .execute()
    for (const { facts, allowed } of rows) {
      const device = { ...fromJson<Device>(facts), allowed: allowed === 1 }
      devices.set(device.address, device)
    }
  }
  return { devices, byGroup: groupBy(devices.values()) }
}

function groupBy(devices: Iterable<PlacedDevice>): Map<number, PlacedDevice[]> {
  const byGroup = new Map<number, PlacedDevice[]>()
  for (const device of devices) {
    if (device.iommuGroup === null) continue
    const group = byGroup.get(device.iommuGroup)
    if (group) group.push(device)
    else byGroup.set(device.iommuGroup, [device])
  }
  return byGroup
}

async function readWaiting(
  q: Tx,
  batch: readonly Placement[],
  basis: PlanBasis,
): Promise<ReadonlySet<number>> {
  const rows = await q
    .selectFrom('vms')
    .select(['id', 'epoch'])
    .where(
      'id',
      'in',
      batch.map(({ vm }) => vm),
    )
    .where('state', '=', 'PENDING')
    .execute()
  return new Set(rows.filter(({ id, epoch }) => basis.vms.get(id)?.epoch === epoch).map(({ id }) => id))
}
