/** One host's rows -> the scheduler's picture of it (pure). */
import type { StoredDomain } from '../database/domains.ts'
import type { Address } from '../model/address.ts'
import type { Host, HostState } from '../model/host.ts'
import { lacksUefi, missingChecks } from '../model/readiness.ts'
import type { SnapshotDevice, SnapshotHost, SnapshotUsbDevice } from '../model/snapshot.ts'
import { withUsbUse } from '../model/usb-assignable.ts'
import { heldByOthers, type VmEpochs } from './host-use.ts'
import { markUsbHeld, usbHeldByOthers } from './usb-use.ts'

/** What its VMs take of it; CPU in hundredths of a core. */
export type HostLoad = Pick<SnapshotHost, 'usedCpu' | 'usedMemoryMiB' | 'runningVms'>

export interface HostRows {
  readonly host: Host
  readonly state: HostState
  readonly load: HostLoad
  /** Of the VMs that are on it. */
  readonly epochs: VmEpochs
  readonly domains: readonly StoredDomain[]
  readonly devices: readonly SnapshotDevice[]
  /** Undefined = none. */
  readonly usb: readonly SnapshotUsbDevice[] | undefined
}

/** `cluster` = this database's id. CPU in hundredths of a core; a host that never reported has none. */
export function snapshotHost(rows: HostRows, cluster: string): SnapshotHost {
  const { id, name, cluster: group, capacity, attributes, readiness } = rows.host
  const held = devicesOfOthers(rows, cluster)
  const devices = held.size === 0 ? rows.devices : rows.devices.map((device) => inUse(device, held))
  const picture = {
    ...{ id, name, state: rows.state, cluster: group, attributes, devices },
    passthroughReady: (readiness?.ready ?? true) && devices.some(({ iommuGroup }) => iommuGroup !== null),
    ...(readiness !== null && !readiness.ready && { missing: missingChecks(readiness) }),
    ...(readiness !== null && lacksUefi(readiness) && { noUefi: true as const }),
    ungroupedAllowed: false,
    cpu: (capacity?.cpus ?? 0) * 100,
    memoryMiB: Math.floor((capacity?.memoryKiB ?? 0) / 1024),
    ...rows.load,
  }
  return rows.usb === undefined ? picture : withUsb(picture, rows.usb, rows, cluster)
}

function devicesOfOthers(
  { domains, epochs, devices }: HostRows,
  cluster: string,
): ReadonlyMap<Address, string> {
  if (domains.every(({ hostdevs }) => hostdevs.length === 0)) return new Map()
  const claims = new Map(devices.map(({ address, claimedBy }) => [address, claimedBy]))
  return heldByOthers(domains, epochs, cluster, (address) => claims.get(address) ?? null)
}

/** The host with its USB devices, and its controllers told of those that somebody has. */
function withUsb(
  host: SnapshotHost,
  usb: readonly SnapshotUsbDevice[],
  { domains, epochs }: HostRows,
  cluster: string,
): SnapshotHost {
  const marked = markUsbHeld(host.devices, usb, usbHeldByOthers(domains, epochs, cluster, usb))
  return { ...host, usb: marked.usb, devices: withUsbUse(marked.devices, marked.usb) }
}

function inUse(device: SnapshotDevice, held: ReadonlyMap<Address, string>): SnapshotDevice {
  const domain = held.get(device.address)
  return domain === undefined ? device : { ...device, inUseByHost: true, domain }
}
