/** What each PCI function hangs on, as far as the inventory tells: bridges that the host's filter leaves out are known from what is behind them. Pure. */
import type { DeviceView } from '../../api/documents.ts'

export type Placed = Pick<DeviceView, 'address' | 'kind' | 'parent' | 'identity' | 'passthrough'>

/**
 * Ids: a function's or bridge's address; `0000:3a` = a bus with nothing above it; `vfs:ADDRESS` = the VFs of a PF;
 * `path:0000:00/01.1/00.0` = a bridge of which the place alone is known, not the number of its bus.
 */
export interface Places {
  /** What is above an id; a bus has no entry. */
  readonly above: ReadonlyMap<string, string>
  /** Buses of which it is known that they begin at a root complex. */
  readonly roots: ReadonlySet<string>
}

/** `path:<root domain>:<root bus>/<slot>.<function>/...`, the function itself last (probes/pci/identity.ts). */
interface Path {
  readonly root: string
  readonly hops: readonly string[]
}

const PATH = /^path:([0-9a-f]{4,8}:[0-9a-f]{2})((?:\/[0-9a-f]{2}\.[0-7])+)(?:\/vf\d+)?$/

function pathOf({ identity }: Placed): Path | null {
  const [, root, hops] = PATH.exec(identity ?? '') ?? []
  return root === undefined || hops === undefined ? null : { root, hops: hops.slice(1).split('/') }
}

const placeOf = ({ root, hops }: Path): string => `${root}/${hops.join('/')}`
const upOf = ({ root, hops }: Path): Path => ({ root, hops: hops.slice(0, -1) })
/** `0000:3a` of `0000:3a:00.0`. */
export const busOf = (address: string): string => address.slice(0, address.lastIndexOf(':'))
const domainOf = (address: string): string => address.slice(0, address.indexOf(':'))

/** Cycles are possible where the inventory is wrong: `above` may lead back to where one was. */
export function placesOf(devices: readonly Placed[]): Places {
  const known = new Map(devices.map((device) => [device.address, device]))
  const roots = rootsOf(devices)
  const addressAt = addressesAt(devices)
  const above = new Map<string, string>()

  /** The bridge at a place: by its address where that is known; those above it are put in their places, too. */
  const bridgeAt = (path: Path, address = addressAt.get(placeOf(path))): string => {
    const id = address ?? `path:${placeOf(path)}`
    if (known.has(id) || above.has(id)) return id
    const up = upOf(path)
    above.set(id, up.hops.length === 0 ? up.root : bridgeAt(up))
    return id
  }
  const upstreamOf = (upstream: string, path: Path | null): string => {
    // A VMD opens a domain of its own, which the path of slots does not show.
    const behind = path !== null && path.hops.length > 1 && domainOf(path.root) === domainOf(upstream)
    if (behind) return bridgeAt(upOf(path), upstream)
    if (!known.has(upstream) && !above.has(upstream)) above.set(upstream, busOf(upstream))
    return upstream
  }
  for (const device of inOrderOfKnowledge(devices)) {
    const { address, parent, passthrough } = device
    const path = pathOf(device)
    const upstream = passthrough?.upstream ?? null
    if (parent !== null && known.has(parent)) {
      above.set(address, `vfs:${parent}`)
      above.set(`vfs:${parent}`, parent)
    } else if (upstream !== null) above.set(address, upstreamOf(upstream, path))
    else if (passthrough !== null || path === null) above.set(address, busOf(address))
    else above.set(address, path.hops.length === 1 ? path.root : bridgeAt(upOf(path)))
  }
  return { above, roots }
}

/** What a path tells of a bridge counts; without one it is put on its own bus. */
function inOrderOfKnowledge(devices: readonly Placed[]): readonly Placed[] {
  const told = devices.filter((device) => pathOf(device) !== null)
  return [...told, ...devices.filter((device) => pathOf(device) === null)]
}

function rootsOf(devices: readonly Placed[]): ReadonlySet<string> {
  const roots = new Set<string>()
  for (const device of devices) {
    const { address, passthrough } = device
    const path = pathOf(device)
    if (path !== null) roots.add(path.root)
    if (passthrough !== null && passthrough.upstream === null) roots.add(busOf(address))
    // What is behind a bridge has a higher number than what is above it (PCI-to-PCI Bridge 1.2, 3.2.5): 00 is above all.
    for (const place of [address, passthrough?.upstream ?? ''])
      if (/:00:[^:]+$/.test(place)) roots.add(busOf(place))
  }
  return roots
}

/** Addresses of places: on a root bus by the path itself, else by a function that hangs there, or is there. */
function addressesAt(devices: readonly Placed[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const device of devices) {
    const path = pathOf(device)
    if (path === null) continue
    const [first] = path.hops
    if (first !== undefined) found.set(`${path.root}/${first}`, `${path.root}:${first}`)
    const upstream = device.passthrough?.upstream ?? null
    if (upstream !== null && path.hops.length > 1 && domainOf(path.root) === domainOf(upstream))
      found.set(placeOf(upOf(path)), upstream)
    if (device.kind !== 'vf' && domainOf(path.root) === domainOf(device.address))
      found.set(placeOf(path), device.address)
  }
  return found
}
