/** Which USB devices of one host a VM gets: exact, the same matching as for PCI devices, the lowest bus and port first. */
import type { Address } from '../../src/model/address.ts'
import type { AllocatedUsbDevice, SnapshotUsbDevice } from '../../src/model/snapshot.ts'
import { usbObstacle } from '../../src/model/usb-assignable.ts'
import type { UsbRequest } from '../../src/model/usb-request.ts'
import { usbMatches } from '../request/match-usb.ts'
import type { DeviceTable } from './device-table.ts'
import { type Candidate, fill, startMatching } from './matching.ts'
import type { Serves } from './shape.ts'

/** The VM that has a PCI device of the host; null = none. */
export function holderIn({ layout, devices }: DeviceTable): (address: Address) => number | null {
  return (address) => devices[layout.positionOf.get(address) ?? -1]?.claimedBy ?? null
}

/** The devices that nothing keeps from a VM, in the order given. */
export function freeUsb(usb: readonly SnapshotUsbDevice[], table: DeviceTable): readonly SnapshotUsbDevice[] {
  const holderOf = holderIn(table)
  return usb.filter((device) => usbObstacle(device, holderOf) === null)
}

/** One device of `free` (by bus, then port) for each request, by request; null = they do not suffice. */
export function matchUsb(
  free: readonly SnapshotUsbDevice[],
  requests: readonly UsbRequest[],
): readonly AllocatedUsbDevice[] | null {
  const matching = startMatching(
    candidatesOf(free, requests),
    requests.map(() => 1),
    [],
  )
  if (!fill(matching)) return null
  return requests.flatMap(({ index: request }, position) => {
    const device = free[matching.assigned[position]?.[0]?.position ?? -1]
    return device === undefined ? [] : [{ request, ...placeOf(device) }]
  })
}

function placeOf({ key, bus, device, port }: SnapshotUsbDevice): Omit<AllocatedUsbDevice, 'request'> {
  return { key, bus, device, port }
}

/** Equal answers are one object, as the matching wants them. */
function candidatesOf(free: readonly SnapshotUsbDevice[], requests: readonly UsbRequest[]): Candidate[] {
  const known = new Map<string, Serves>()
  return free.flatMap((device, position) => {
    const found = requests.flatMap((request, n) => (usbMatches(request, device) ? [n] : []))
    if (found.length === 0) return []
    const key = found.join()
    const serves = known.get(key) ?? found
    known.set(key, serves)
    return [{ position, serves, group: null }]
  })
}
