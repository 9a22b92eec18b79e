/**
 * Are there enough devices at all? Hall's condition (1935) on counts: for every set of required requests, at least as many
 * free devices that serve one of them as they want together. It only ever spares asking the allocator in vain: what it
 * passes may still not fit (addresses, FUNCTIONS = "ALL"), and what it stops never does.
 */
import type { Request } from '../../src/model/request.ts'
import type { Shape } from '../allocate/shape.ts'
import type { Stock } from '../rank/offer.ts'

/** More required requests than this are not checked: the sets are 2 to this power. */
const MOST_REQUESTS = 6

export interface Demand {
  /** By set of required requests (bit n = the n-th): devices that they want together. */
  readonly wanted: readonly number[]
  /** By kind number: the required requests that such a device may serve. */
  readonly serves: readonly number[]
  readonly oneNode: boolean
}

/** For a request, the kinds of devices that it may be served by, addresses aside. */
export type KindsOf = (request: Request) => ReadonlySet<number>

/** Null = too many requests to check, or fewer than two. */
export function demandOf(shape: Shape, kindsOf: KindsOf): Demand | null {
  const required = shape.requests.filter((request) => !request.optional)
  if (required.length < 2 || required.length > MOST_REQUESTS) return null
  const wanted = new Array<number>(2 ** required.length).fill(0)
  const serves: number[] = []
  for (const [n, request] of required.entries()) {
    for (const kind of kindsOf(request)) serves[kind] = (serves[kind] ?? 0) | (1 << n)
    for (const set of wanted.keys())
      if ((set & (1 << n)) !== 0) wanted[set] = (wanted[set] ?? 0) + request.count
  }
  return { wanted, serves, oneNode: shape.numaPolicy === 'required' }
}

/**
 * By position in the shape: how many devices (slots for FUNCTIONS = "ALL") that serve a required request a host must have
 * free, counting what narrower requests take of them: for `10de::` and `10de:20b0:` together, two that serve the first.
 */
export function leastFree({ requests }: Shape, kindsOf: KindsOf): readonly number[] {
  return requests.map((wide, position) => {
    const { count } = wide
    if (wide.selector.address !== null) return count
    return requests.reduce((sum, narrow, other) => {
      if (narrow.optional || other === position || (wide.allFunctions && !narrow.allFunctions)) return sum
      return isSubset(kindsOf(narrow), kindsOf(wide)) ? sum + narrow.count : sum
    }, count)
  })
}

function isSubset(few: ReadonlySet<number>, many: ReadonlySet<number>): boolean {
  if (few === many) return true
  for (const kind of few) if (!many.has(kind)) return false
  return true
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
