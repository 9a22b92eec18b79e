/**
 * Are there enough devices at all? Hall's condition (1935) on counts: for every set of required requests, at least as many
 * free devices that serve one of them as they want together. It only ever spares asking the allocator in vain: what it
 * passes may still not fit (addresses, FUNCTIONS = "ALL"), and what it stops never does.
 */
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import type { Shape } from '../allocate/shape.ts'
import type { Stock } from '../rank/offer.ts'
import { matches } from '../request/match.ts'

/** More required requests than this are not checked: the sets are 2 to this power. */
const MOST_REQUESTS = 6

export interface Demand {
  /** By set of required requests (bit n = the n-th): devices that they want together. */
  readonly wanted: readonly number[]
  /** By kind number: the required requests that such a device may serve. */
  readonly serves: readonly number[]
  readonly oneNode: boolean
}

/** `examples`: a device of each kind, by number. Null = too many requests to check, or fewer than two. */
export function demandOf(shape: Shape, examples: readonly SnapshotDevice[]): Demand | null {
  const required = shape.requests.filter((request) => !request.optional)
  const oneNode = shape.numaPolicy === 'required'
  if (required.length < 2 || required.length > MOST_REQUESTS) return null
  const sets = Array.from({ length: 2 ** required.length }, (_, set) => set)
  const inSet = (set: number, n: number): boolean => (set & (1 << n)) !== 0
  return {
    wanted: sets.map((set) => required.reduce((sum, r, n) => (inSet(set, n) ? sum + r.count : sum), 0)),
    serves: examples.map((example) =>
      required.reduce((set, r, n) => {
        const anywhere = { ...r, selector: { ...r.selector, address: null } }
        return matches(anywhere, example) ? set | (1 << n) : set
      }, 0),
    ),
    oneNode,
  }
}

/**
 * By position in the shape: how many devices (slots for FUNCTIONS = "ALL") that serve a required request a host must have
 * free, counting what narrower requests take of them: for `10de::` and `10de:20b0:` together, two that serve the first.
 */
export function leastFree(shape: Shape, examples: readonly SnapshotDevice[]): readonly number[] {
  const found = shape.requests.map(({ selector, ...rest }) => {
    const anywhere = { ...rest, selector: { ...selector, address: null } }
    return new Set(examples.flatMap((example, kind) => (matches(anywhere, example) ? [kind] : [])))
  })
  return shape.requests.map((wide, position) => {
    const narrower = shape.requests.filter((narrow, other) => {
      if (narrow.optional || other === position || wide.selector.address !== null) return false
      if (wide.allFunctions && !narrow.allFunctions) return false
      return [...(found[other] ?? [])].every((kind) => found[position]?.has(kind))
    })
    return narrower.reduce((sum, request) => sum + request.count, wide.count)
  })
}

/** False = the allocator would fail on a host with this stock. */
export function isEnough(demand: Demand, stock: readonly Stock[]): boolean {
  if (!demand.oneNode) return enoughOn(demand, stock, null)
  const nodes = new Set(stock.map((entry) => entry.node))
  for (const node of nodes) if (enoughOn(demand, stock, node)) return true
  return false
}

/** `node` null: devices of all nodes, or (where one node is asked for) those that have none. */
function enoughOn(demand: Demand, stock: readonly Stock[], node: number | null): boolean {
  const { wanted, serves, oneNode } = demand
  const counts = new Array<number>(wanted.length).fill(0)
  for (const entry of stock) {
    if (oneNode && entry.node !== null && entry.node !== node) continue
    const set = serves[entry.kind] ?? 0
    counts[set] = (counts[set] ?? 0) + entry.count
  }
  for (let set = 1; set < wanted.length; set++) {
    let have = 0
    for (let other = 1; other < counts.length; other++) if ((other & set) !== 0) have += counts[other] ?? 0
    if (have < (wanted[set] ?? 0)) return false
  }
  return true
}
