/** Devices of hosts by type, kept from one reading to the next: only what VMs have to do with them is read each time. */
import {
  countDevices,
  listDeviceNames,
  listMissingDevices,
  type MissingDevice,
} from '../../database/device-places.ts'
import type { Queries } from '../../database/tables.ts'
import { type KeptHosts, keepHosts } from '../../inventory/kept-hosts.ts'
import { arrangeDevices } from '../../model/assignable.ts'
import type { SnapshotDevice, SnapshotHost } from '../../model/snapshot.ts'
import { unheldState } from '../../view/device-state.ts'
import { type TypeOnHost, typesOnHost, withHolders } from '../../view/types-on-host.ts'
import { byKey } from './by-key.ts'
import { place } from './detaching.ts'
import { readHolders } from './holders.ts'
import { readPicture } from './picture.ts'

/** A host's devices by type. */
export interface HostTypes {
  /** Without bridges. */
  readonly offered: readonly TypeOnHost[]
  /** Those that are not offered, and bridges; they have no names. */
  readonly others: readonly TypeOnHost[]
}

/** Of one database; derived, and never trusted where something is given away. */
export interface KeptDevices {
  readonly hosts: KeptHosts
  /** By the devices of the host's picture, which are the same object as long as its version is the same. */
  readonly types: WeakMap<readonly SnapshotDevice[], HostTypes>
}

export function keepDevices(): KeptDevices {
  return { hosts: keepHosts(), types: new WeakMap() }
}

export interface HostWithTypes {
  readonly host: SnapshotHost
  readonly types: HostTypes
}

/** All hosts, or only these, by id: with the states that `GET /v1/devices` tells. Call it inside `Database.read`. */
export async function readHostTypes(
  q: Queries,
  kept: KeptDevices,
  only?: readonly number[],
): Promise<readonly HostWithTypes[]> {
  const hosts = await readPicture(q, only, kept.hosts)
  await learn(
    q,
    kept,
    hosts.filter(({ devices }) => !kept.types.has(devices)),
  )
  const holders = await readHolders(q, only)
  return hosts.map((host) => {
    const types = kept.types.get(host.devices)
    if (types === undefined) throw new Error(`host ${host.id} has a picture and no types`)
    const held = holders.get(host.id)
    if (held === undefined) return { host, types }
    const offered = withHolders(types.offered, held)
    return { host, types: { offered, others: withHolders(types.others, held) } }
  })
}

/** What changes with the version of a host, and with nothing else. */
async function learn(q: Queries, kept: KeptDevices, hosts: readonly SnapshotHost[]): Promise<void> {
  if (hosts.length === 0) return
  const missing = await readMissing(q, hosts)
  const unnamed = hosts.map((host) => ({ host, types: unheldTypes(host, missing.get(host.id) ?? []) }))
  const places = unnamed.flatMap(({ host, types }) =>
    types.offered.flatMap(({ devices }) =>
      devices.slice(0, 1).map(({ address }) => ({ host: host.id, address })),
    ),
  )
  const names = new Map((await listDeviceNames(q, places)).map((one) => [place(one.host, one.address), one]))
  for (const { host, types } of unnamed) {
    const offered = types.offered.map((type) => {
      const [first] = type.devices
      const named = first && names.get(place(host.id, first.address))
      return named ? { ...type, names: named } : type
    })
    kept.types.set(host.devices, { ...types, offered })
  }
}

/** By host. Which have some is told by their number: there is no index, and few have. */
async function readMissing(
  q: Queries,
  hosts: readonly SnapshotHost[],
): Promise<ReadonlyMap<number, readonly MissingDevice[]>> {
  const counts = new Map((await countDevices(q)).map(({ host, devices }) => [host, devices]))
  const some = hosts.filter(({ id, devices }) => (counts.get(id) ?? 0) > devices.length).map(({ id }) => id)
  return byKey(some.length === 0 ? [] : await listMissingDevices(q, some), ({ host }) => host)
}

function unheldTypes(host: SnapshotHost, missing: readonly MissingDevice[]): HostTypes {
  const arranged = arrangeDevices(host.devices, host.ungroupedAllowed)
  const all = [
    ...host.devices.map((device) => ({ device, state: unheldState(arranged, device) })),
    ...missing.map((device) => ({ device, state: 'missing' as const })),
  ]
  const isListed = ({ device }: (typeof all)[number]) => device.offered && !device.bridge
  return {
    offered: typesOnHost(all.filter(isListed)),
    others: typesOnHost(all.filter((one) => !isListed(one))),
  }
}
