/** Devices over hosts, in pages and by what they are: only the hosts of a page are read, some at a time. */
import {
  type HostIds,
  hostsWithDevices,
  listHostIds,
  type StoredState,
} from '../../database/device-places.ts'
import type { Queries } from '../../database/tables.ts'
import { type Address, compareAddresses } from '../../model/address.ts'
import type { Host } from '../../model/host.ts'
import type { DeviceState, DeviceView } from '../../view/documents.ts'
import type { DeviceTest } from '../ports.ts'
import { readAllDeviceViews, readDeviceViews } from './devices.ts'

/** Null = it does not matter. */
export interface DeviceSelection {
  readonly host: Host | null
  readonly passes: DeviceTest | null
  readonly state: DeviceState | null
  readonly after: { readonly host: number; readonly address: Address } | null
  readonly limit: number | null
}

/** A host's devices are judged together, so that hosts are read whole: few for a page that fills at once, more and more for a rare device. */
const FIRST_HOSTS = 4
const MOST_HOSTS = 512

/** By host id, then address. Call it inside `Database.read`. */
export async function readDeviceList(q: Queries, selection: DeviceSelection): Promise<readonly DeviceView[]> {
  const wanted = matcher(selection)
  const { host, limit, after, passes, state } = selection
  if (host !== null) return (await readDeviceViews(q, host)).filter(wanted).slice(0, limit ?? undefined)
  if (limit === null && after === null && passes === null && state === null)
    return (await readAllDeviceViews(q)).filter(wanted)
  const hosts = await hostsToRead(q, selection)
  const found: DeviceView[] = []
  for (let at = 0, size = FIRST_HOSTS; at < hosts.length; size = Math.min(2 * size, MOST_HOSTS)) {
    if (limit !== null && found.length >= limit) break
    for (const view of await readAllDeviceViews(q, hosts.slice(at, at + size)))
      if (wanted(view)) found.push(view)
    at += size
  }
  return found.slice(0, limit ?? undefined)
}

/** Ids of those that may have one, from the last page's on: that one may have more. */
async function hostsToRead(
  q: Queries,
  { passes, state, after }: DeviceSelection,
): Promise<readonly number[]> {
  const standing = await hostsWithDevices(q, state === null ? {} : (STORED[state] ?? {}))
  const fits = (ids: HostIds): boolean => passes?.({ ...ids, progIf: '' }) ?? true
  const fitting =
    passes === null ? null : new Set((await listHostIds(q)).filter(fits).map(({ host }) => host))
  return standing.filter((host) => host >= (after?.host ?? 0) && (fitting?.has(host) ?? true))
}

/** What rows say of a device in such a state, whatever else its host makes of it; the others are in no rows. */
const STORED: Readonly<Partial<Record<DeviceState, StoredState>>> = {
  ...{ claimed: { held: true }, attached: { held: true }, held: { held: true }, releasing: { held: true } },
  ...{ missing: { present: false }, drained: { health: 'drained' }, quarantined: { health: 'quarantined' } },
}

function matcher({ passes, state, after }: DeviceSelection): (device: DeviceView) => boolean {
  return (device) => {
    if (after !== null && !isBehind(device, after)) return false
    if (state !== null && device.state !== state) return false
    const { vendor: vendorId, device: deviceId, class: classId, progIf } = device
    return passes === null || passes({ vendorId, deviceId, classId, progIf })
  }
}

function isBehind(device: DeviceView, after: NonNullable<DeviceSelection['after']>): boolean {
  return (
    device.host > after.host ||
    (device.host === after.host && compareAddresses(device.address, after.address) > 0)
  )
}
