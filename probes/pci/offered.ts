/** Which devices a report must carry beside the offered ones, so that a filtered inventory is still safe (invariant 4): pure. */
import { type Address, slotOf } from '../../src/model/address.ts'
import type { Device } from '../../src/model/device.ts'
import type { ReportedDevice } from '../../src/model/report.ts'

/**
 * The offered devices and, as not offered, every group mate, PF, VF and sibling function of each; then the same of
 * those, because binding a mate touches its own PF, VFs and siblings too. With them come the bridges above each, up to its root
 * port: whether anything keeps its group apart is theirs to say (Access Control Services), and the host's tree is drawn with them. In the
 * order of `devices`; fields that only a probe's own output has are left as they are.
 */
export function reportedDevices<T extends Device>(
  devices: readonly T[],
  isOffered: (device: T) => boolean,
): readonly (T & Pick<ReportedDevice, 'offered'>)[] {
  const related = relations(devices)
  const offered = new Set<Address>()
  for (const device of devices) if (isOffered(device)) offered.add(device.address)
  const carried = new Set(offered)
  // A Set's iteration also visits what is added meanwhile: this walks to the closure.
  for (const address of carried) for (const other of related(address)) carried.add(other)
  const upstreamOf = new Map(devices.map(({ address, passthrough }) => [address, passthrough?.upstream]))
  for (const address of carried) {
    const bridge = upstreamOf.get(address)
    if (bridge && upstreamOf.has(bridge)) carried.add(bridge)
  }
  return devices
    .filter(({ address }) => carried.has(address))
    .map((device) => ({ ...device, offered: offered.has(device.address) }))
}

/** Devices that share a group, a PF or a slot with one. Slots of one bus only: a bridge's children are no siblings. */
function relations(devices: readonly Device[]): (address: Address) => readonly Address[] {
  const keysOf = new Map<Address, readonly string[]>()
  const members = new Map<string, Address[]>()
  for (const device of devices) {
    const keys = [`slot ${slotOf(device.address)}`, `pf ${device.parent ?? device.address}`]
    if (device.iommuGroup !== null) keys.push(`group ${device.iommuGroup}`)
    keysOf.set(device.address, keys)
    for (const key of keys) {
      const list = members.get(key)
      if (list) list.push(device.address)
      else members.set(key, [device.address])
    }
  }
  const expanded = new Set<string>()
  return (address) =>
    (keysOf.get(address) ?? []).flatMap((key) => {
      if (expanded.has(key)) return []
      expanded.add(key)
      return members.get(key) ?? []
    })
}
