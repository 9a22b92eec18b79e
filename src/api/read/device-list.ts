/** Devices over hosts, in pages and by what they are: only hosts that have some of them are read, as many as a page takes. */
import { countDevices } from '../../database/device-places.ts'
import type { Queries } from '../../database/tables.ts'
import { type Address, compareAddresses } from '../../model/address.ts'
import type { Host } from '../../model/host.ts'
import type { DeviceState, DeviceView } from '../../view/documents.ts'
import type { TypeOnHost } from '../../view/types-on-host.ts'
import type { DeviceTest } from '../ports.ts'
import { readAllDeviceViews, readDeviceViews } from './devices.ts'
import { type KeptDevices, readHostTypes } from './kept-devices.ts'

/** Null = it does not matter. */
export interface DeviceSelection {
  readonly host: Host | null
  readonly passes: DeviceTest | null
  readonly state: DeviceState | null
  readonly after: { readonly host: number; readonly address: Address } | null
  readonly limit: number | null
}

/** So many hosts are read at once; each is read whole, for its devices are judged together. */
const MOST_HOSTS = 512

/** By host id, then address. Call it inside `Database.read`. */
export async function readDeviceList(
  q: Queries,
  kept: KeptDevices,
  selection: DeviceSelection,
): Promise<readonly DeviceView[]> {
  const wanted = matcher(selection)
  const { host, limit, after, passes, state } = selection
  if (host !== null) return (await readDeviceViews(q, host)).filter(wanted).slice(0, limit ?? undefined)
  if (limit === null && after === null && passes === null && state === null)
    return (await readAllDeviceViews(q, kept)).filter(wanted)
  const hosts = await hostsToRead(q, kept, selection)
  const found: DeviceView[] = []
  for (let at = 0; at < hosts.length && found.length < (limit ?? Infinity); ) {
    const some = enough(hosts.slice(at, at + MOST_HOSTS), (limit ?? Infinity) - found.length)
    for (const view of await readAllDeviceViews(q, kept, some)) if (wanted(view)) found.push(view)
    at += some.length
  }
  return found.slice(0, limit ?? undefined)
}

interface HostCount {
  readonly host: number
  /** That may be wanted. */
  readonly devices: number
}

/** The first that have as many. */
function enough(hosts: readonly HostCount[], wanted: number): readonly number[] {
  const some: number[] = []
  let sum = 0
  for (const { host, devices } of hosts) {
    if (sum >= wanted) break
    some.push(host)
    sum += devices
  }
  return some
}

/** Those that have one, from the last page's on: that one may have more. */
async function hostsToRead(
  q: Queries,
  kept: KeptDevices,
  { passes, state, after }: DeviceSelection,
): Promise<readonly HostCount[]> {
  const fits = ({ vendor: vendorId, device: deviceId, class: classId }: TypeOnHost): boolean =>
    passes?.({ vendorId, deviceId, classId, progIf: '' }) ?? true
  const counts =
    passes === null && state === null
      ? await countDevices(q)
      : (await readHostTypes(q, kept)).map(({ host: { id: host }, types: { offered, others } }) => {
          const types = [...offered, ...others].filter(fits)
          return { host, devices: types.reduce((sum, type) => sum + countOf(type, state), 0) }
        })
  return counts.filter(({ host, devices }) => devices > 0 && host >= (after?.host ?? 0))
}

function countOf({ states, devices }: TypeOnHost, state: DeviceState | null): number {
  return state === null ? devices.length : (states[state] ?? 0)
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
