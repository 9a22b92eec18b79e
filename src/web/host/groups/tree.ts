/** The PCIe tree of a host: root complexes, bridges, functions. Pure; whatever the inventory says, each function stands in it once. */
import { type Address, compareAddresses, parseAddress } from '../../../model/address.ts'
import type { DeviceView } from '../../api/documents.ts'
import { busOf, type Placed, placesOf } from './places.ts'

export type TreeDevice = Placed & Pick<DeviceView, 'bridge' | 'numaNode'>

export interface PciNode<D extends TreeDevice = DeviceView> {
  /** As `Places` has ids. */
  readonly id: string
  /** `root` = a root complex, `bus` = a bus of which nothing above is known, `vfs` = the virtual functions of the PF above. */
  readonly kind: 'root' | 'bus' | 'port' | 'switch' | 'downstream' | 'bridge' | 'endpoint' | 'vfs'
  /** Null = it is not known, or has none. */
  readonly address: Address | null
  /** Null = the inventory has not got it. */
  readonly device: D | null
  readonly children: readonly PciNode<D>[]
}

/** The root complexes by domain and bus. `devices` are in no particular order; those that are missing are left out. */
export function pciTree<D extends TreeDevice & Pick<DeviceView, 'state'>>(
  devices: readonly D[],
): readonly PciNode<D>[] {
  const present = devices.filter(({ state }) => state !== 'missing')
  const { above, roots } = placesOf(present)
  const byAddress = new Map(present.map((device) => [device.address, device]))
  const below = childrenOf(withoutCycles(above))
  const node = (id: string, over: PciNode['kind'] | null): PciNode<D> => {
    const device = byAddress.get(id) ?? null
    const ids = below.get(id) ?? []
    const kind = over === null ? busKind(roots, id) : kindOf(id, device, over, ids.some(isBridge))
    return { id, kind, address: parseAddress(id), device, children: ids.map((child) => node(child, kind)) }
  }
  const isBridge = (id: string): boolean => {
    const device = byAddress.get(id)
    return device === undefined ? !id.startsWith('vfs:') : device.bridge
  }
  const tops = [...below.keys()].filter((id) => !above.has(id))
  return tops.sort(byPlace).map((id) => node(id, null))
}

const busKind = (roots: ReadonlySet<string>, bus: string): PciNode['kind'] =>
  roots.has(bus) ? 'root' : 'bus'

/** A bridge's part in a switch follows from what is around it: a port, the switch below it, the switch's own ports. */
function kindOf(
  id: string,
  device: TreeDevice | null,
  over: PciNode['kind'],
  hasBridges: boolean,
): PciNode['kind'] {
  if (id.startsWith('vfs:')) return 'vfs'
  if (device !== null && !device.bridge) return 'endpoint'
  if (over === 'root') return 'port'
  if (over === 'switch') return 'downstream'
  return hasBridges && (over === 'port' || over === 'downstream') ? 'switch' : 'bridge'
}

/** Where a way up comes back to where it began, it is cut there: that one is on its own bus. */
function withoutCycles(above: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const cut = new Map(above)
  for (const id of [...above.keys()].sort()) {
    const seen = new Set<string>()
    for (let at = cut.get(id); at !== undefined && !seen.has(at); at = cut.get(at)) {
      if (at === id) cut.set(id, busOf(id))
      seen.add(at)
    }
  }
  return cut
}

function childrenOf(above: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const below = new Map<string, string[]>()
  for (const [id, parent] of above) {
    const same = below.get(parent)
    if (same) same.push(id)
    else below.set(parent, [id])
  }
  for (const ids of below.values()) ids.sort(byPlace)
  return below
}

/** By address; of what has none by slot, behind those that have. */
function byPlace(a: string, b: string): number {
  const [here, there] = [parseAddress(a), parseAddress(b)]
  if (here !== null && there !== null) return compareAddresses(here, there)
  if (here !== null || there !== null) return here === null ? 1 : -1
  return a.length - b.length || (a < b ? -1 : 1)
}

/** All nodes, each before those below it. */
export function* nodesOf<D extends TreeDevice>(nodes: readonly PciNode<D>[]): Generator<PciNode<D>> {
  for (const node of nodes) {
    yield node
    yield* nodesOf(node.children)
  }
}
