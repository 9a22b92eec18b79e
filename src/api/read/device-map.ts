/** Reads the states of offered devices, by type on each host. */
import { type IdPage, listHosts } from '../../database/hosts.ts'
import type { Queries } from '../../database/tables.ts'
import type { Host } from '../../model/host.ts'
import { hostDevicesView, type TypeOnHost } from '../../view/device-map.ts'
import type { DeviceView, HostDevicesView } from '../../view/documents.ts'
import { byKey } from './by-key.ts'
import { readAllDeviceViews } from './devices.ts'
import { readPicture } from './picture.ts'

export interface MapSelection extends IdPage {
  /** Only this one; null = all. */
  readonly host: Host | null
}

/** By host id. Call it inside `Database.read`. */
export async function readDeviceMap(
  q: Queries,
  { host, ...page }: MapSelection,
): Promise<readonly HostDevicesView[]> {
  const only = host === null ? (await listHosts(q, page)).map(({ id }) => id) : [host.id]
  const types = await readTypes(q, only)
  return (await readPicture(q, only)).map((placed) => hostDevicesView(placed, types.get(placed.id) ?? []))
}

/** By host. Call it inside `Database.read`. */
export async function readTypes(
  q: Queries,
  only?: readonly number[],
): Promise<ReadonlyMap<number, readonly TypeOnHost[]>> {
  const offered = (await readAllDeviceViews(q, only)).filter((view) => view.offered && !view.bridge)
  const byHost = byKey(offered, ({ host }) => host)
  return new Map([...byHost].map(([host, views]) => [host, typesOf(views)]))
}

function typesOf(views: readonly DeviceView[]): readonly TypeOnHost[] {
  const groups = byKey(views, ({ vendor, device, class: classId }) => `${vendor}:${device}:${classId}`)
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([type, devices]): TypeOnHost[] => {
      const [first] = devices
      if (first === undefined) return []
      const { vendor, device, class: classId, vendorName, deviceName, className } = first
      return [
        {
          ...{ type, vendor, device, class: classId, vendorName, deviceName, className },
          kinds: new Set(devices.map(({ kind }) => kind)),
          devices: devices.map(({ address, state, vm }) => ({ address, state, vm })),
        },
      ]
    })
}
