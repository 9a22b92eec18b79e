/** Devices over hosts, in pages and by what they are: only the hosts of a page are read, some at a time. */
import { listHosts } from '../../database/hosts.ts'
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

/** A host's devices are judged together, so that hosts are read whole; a page of them has far more devices than most pages. */
const HOSTS_AT_ONCE = 32

/** By host id, then address. Call it inside `Database.read`. */
export async function readDeviceList(q: Queries, selection: DeviceSelection): Promise<readonly DeviceView[]> {
  const wanted = matcher(selection)
  const { host, limit, after } = selection
  if (host !== null) return (await readDeviceViews(q, host)).filter(wanted).slice(0, limit ?? undefined)
  if (limit === null && after === null) return (await readAllDeviceViews(q)).filter(wanted)
  const found: DeviceView[] = []
  // The host of the last page may have more.
  let last = (after?.host ?? 0) - 1
  while (limit === null || found.length < limit) {
    const hosts = (await listHosts(q, { after: last, limit: HOSTS_AT_ONCE })).map(({ id }) => id)
    if (hosts.length === 0) break
    found.push(...(await readAllDeviceViews(q, hosts)).filter(wanted))
    last = hosts.at(-1) ?? last
  }
  return found.slice(0, limit ?? undefined)
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
