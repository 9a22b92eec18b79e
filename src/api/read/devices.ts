/** Reads devices and who holds them, in a fixed number of queries, and hands them to the views. */
import { getDevice, listAllDevices, listDevices, type StoredDevice } from '../../database/devices.ts'
import { listDomains, type StoredDomain } from '../../database/domains.ts'
import type { Queries } from '../../database/tables.ts'
import { controllersOfHeld } from '../../inventory/usb-use.ts'
import type { Address } from '../../model/address.ts'
import type { Host } from '../../model/host.ts'
import type { SnapshotHost } from '../../model/snapshot.ts'
import { usbNumbersText } from '../../model/usb-device.ts'
import { deviceViews } from '../../view/device.ts'
import type { DeviceView } from '../../view/documents.ts'
import { byKey } from './by-key.ts'
import { type Holders, NOBODY, readHolders } from './holders.ts'
import type { KeptDevices } from './kept-devices.ts'
import { readPicture } from './picture.ts'

/** Rows of one host. */
interface Rows {
  readonly devices: readonly StoredDevice[]
  readonly holders: Holders
  readonly domains: readonly StoredDomain[]
}

/** By host id, then address; of these hosts, or of all. */
export async function readAllDeviceViews(
  q: Queries,
  kept: KeptDevices,
  only?: readonly number[],
): Promise<readonly DeviceView[]> {
  const hosts = await readPicture(q, only, kept.hosts)
  const devices = byKey(await listAllDevices(q, only), ({ host }) => host)
  const holders = await readHolders(q, only)
  const domains = byKey(await listDomains(q, only), ({ host }) => host)
  return hosts.flatMap((host) =>
    combine(host, {
      devices: devices.get(host.id) ?? [],
      holders: holders.get(host.id) ?? NOBODY,
      domains: domains.get(host.id) ?? [],
    }),
  )
}

/** Devices of one host in address order. */
export async function readDeviceViews(q: Queries, host: Host): Promise<readonly DeviceView[]> {
  const [placed] = await readPicture(q, [host.id])
  return placed ? deviceViewsOf(q, placed) : []
}

/** `placed` is the host as `readPicture` gave it in the same transaction. */
export async function deviceViewsOf(q: Queries, placed: SnapshotHost): Promise<readonly DeviceView[]> {
  const host = placed.id
  return combine(placed, {
    devices: await listDevices(q, host),
    holders: (await readHolders(q, [host])).get(host) ?? NOBODY,
    domains: await listDomains(q, host),
  })
}

/** NotFound `unknown-device`. */
export async function readDeviceView(q: Queries, host: Host, address: Address): Promise<DeviceView> {
  await getDevice(q, host.id, address)
  const view = (await readDeviceViews(q, host)).find((device) => device.address === address)
  if (view === undefined) throw new Error(`device ${address} of host ${host.id} has a row and no view`)
  return view
}

function combine(placed: SnapshotHost, rows: Rows): readonly DeviceView[] {
  const domains = new Map(
    rows.domains.flatMap(({ hostdevs, name }) => hostdevs.map((address) => [address, name])),
  )
  const controllers = controllersHeld(placed, rows.domains)
  const used = new Set(placed.devices.filter((device) => device.inUseByHost).map(({ address }) => address))
  const devices = rows.devices.map((device) => {
    const { address, inUse } = device
    const below = controllers.get(address)
    if (inUse.length === 0 && below !== undefined)
      return { ...device, inUse: [{ address, reason: 'controller' as const, detail: below }] }
    const domain = domains.get(address)
    if (inUse.length > 0 || domain === undefined || !used.has(address)) return device
    return { ...device, inUse: [{ address, reason: 'domain' as const, detail: `domain ${domain} has it` }] }
  })
  return deviceViews(placed, devices, rows.holders)
}

/** Controllers of USB devices that domains of others hold, and which. */
function controllersHeld(
  { usb = [] }: SnapshotHost,
  domains: readonly StoredDomain[],
): ReadonlyMap<Address, string> {
  const byNumbers = new Map(usb.map((device) => [usbNumbersText(device), device]))
  const held = new Map<string, string>()
  for (const { usbHostdevs = [], name } of domains)
    for (const numbers of usbHostdevs) {
      const device = byNumbers.get(usbNumbersText(numbers))
      if (device?.inUseByHost === true) held.set(device.key, name)
    }
  return controllersOfHeld(usb, held)
}
