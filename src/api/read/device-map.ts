/** Reads the states of offered devices: as a map of hosts, and counted by type. */
import { type IdPage, listHostIds } from '../../database/hosts.ts'
import type { Queries } from '../../database/tables.ts'
import type { Host } from '../../model/host.ts'
import { deviceTypeViews, hostDevicesView } from '../../view/device-map.ts'
import type { DeviceTypeView, HostDevicesView } from '../../view/documents.ts'
import { type KeptDevices, readHostTypes } from './kept-devices.ts'

export interface MapSelection extends IdPage {
  /** Only this one; null = all. */
  readonly host: Host | null
}

/** By host id. Call it inside `Database.read`. */
export async function readDeviceMap(
  q: Queries,
  kept: KeptDevices,
  { host, ...page }: MapSelection,
): Promise<readonly HostDevicesView[]> {
  const hosts = await readHostTypes(q, kept, host === null ? await idsOf(q, page) : [host.id])
  return hosts.map(({ host, types }) => hostDevicesView(host, types.offered))
}

/** Undefined = all. */
function idsOf(q: Queries, page: IdPage): Promise<readonly number[]> | undefined {
  if (page.limit === undefined && page.after === undefined) return undefined
  return listHostIds(q, page)
}

/** By type. Call it inside `Database.read`. */
export async function readDeviceTypes(q: Queries, kept: KeptDevices): Promise<readonly DeviceTypeView[]> {
  return deviceTypeViews((await readHostTypes(q, kept)).map(({ types }) => types.offered))
}
