/** Reads what happened to a device: by who it is, or, of one that is gone, by where it was. */
import {
  listAddressHistory,
  listDeviceHistory,
  type StoredDeviceLine,
} from '../../database/device-history.ts'
import { getDevice, listIdentities } from '../../database/devices.ts'
import type { Queries } from '../../database/tables.ts'
import type { Address } from '../../model/address.ts'
import type { Host } from '../../model/host.ts'
import { deviceHistoryView } from '../../view/device-history.ts'
import type { DeviceHistoryView } from '../../view/documents.ts'

/** NotFound `unknown-device` where there is no device and never was. */
export async function readDeviceHistory(
  q: Queries,
  host: Host,
  address: Address,
): Promise<DeviceHistoryView> {
  const identity = (await listIdentities(q, host.id, [address])).get(address)
  const lines =
    identity === undefined
      ? await formerHistory(q, host.id, address)
      : await listDeviceHistory(q, { host: host.id, address, identity })
  return deviceHistoryView(host, address, lines)
}

async function formerHistory(q: Queries, host: number, address: Address): Promise<StoredDeviceLine[]> {
  const lines = await listAddressHistory(q, host, address)
  if (lines.length === 0) await getDevice(q, host, address)
  return lines
}
