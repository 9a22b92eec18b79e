/** What of a device survives renumbering of buses (design, Identity): pure, computed over all devices of a host. */
import { type Address, parseAddress } from '../../src/model/address.ts'
import type { Device } from '../../src/model/device.ts'
import type { Capabilities } from './capability.ts'

export interface Identifiable extends Device {
  readonly capabilities: Pick<Capabilities, 'serial'> | null
}

/** Of a function's raw files, what identity needs. */
export interface Place {
  readonly path: string | null
  /** VF address to index. */
  readonly virtualFunctions: ReadonlyMap<string, number>
}

/**
 * Identity by address: `serial:<serial>/<vendor>:<device>:<subsystem vendor>:<subsystem>/<function>` where only one device
 * of the host has it, else `path:<root domain>:<root bus>/<slot>.<function>/...`; a VF has `<its PF's>/vf<index>`. Null
 * where the tree does not tell.
 */
export function identities(
  devices: readonly Identifiable[],
  places: ReadonlyMap<Address, Place>,
): ReadonlyMap<Address, string | null> {
  const found = new Map<Address, string | null>()
  const serials = new Map<string, number>()
  for (const device of devices) {
    const serial = serialIdentity(device)
    if (serial !== null) serials.set(serial, (serials.get(serial) ?? 0) + 1)
  }
  for (const device of devices) {
    if (device.parent !== null) continue
    const serial = serialIdentity(device)
    const unique = serial !== null && serials.get(serial) === 1
    found.set(
      device.address,
      unique ? serial : pathIdentity(places.get(device.address)?.path ?? null, device.address),
    )
  }
  for (const { address, parent } of devices) {
    if (parent === null) continue
    const index = places.get(parent)?.virtualFunctions.get(address)
    const base = found.get(parent) ?? null
    found.set(address, base === null || index === undefined ? null : `${base}/vf${index}`)
  }
  return found
}

function serialIdentity(device: Identifiable): string | null {
  const serial = device.capabilities?.serial ?? null
  if (serial === null || device.parent !== null) return null
  const ids = [device.vendorId, device.deviceId, device.subsystemVendorId, device.subsystemDeviceId]
  return `serial:${serial}/${ids.map((id) => id ?? '').join(':')}/${device.address.slice(-1)}`
}

/** Inner bus numbers, and the roots that a VMD opens, depend on what else is plugged in: only slots and functions count. */
function pathIdentity(path: string | null, address: Address): string | null {
  const parts = path?.split('/') ?? []
  const root = parts.findIndex((part) => /^pci[0-9a-f]{4,8}:[0-9a-f]{2}$/.test(part))
  const rootName = parts[root]?.slice(3)
  if (rootName === undefined || parts.at(-1)?.toLowerCase() !== address) return null
  const hops = parts.slice(root + 1).flatMap((part) => parseAddress(part)?.slice(-4) ?? [])
  return `path:${rootName}/${hops.join('/')}`
}
