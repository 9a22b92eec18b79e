/**
 * Are there enough devices at all, and for how many optional ones? Hall's condition (1935) on counts: for every set of
 * required requests, at least as many free devices that serve one of them as they want together. It only ever spares
 * asking the allocator in vain: what it passes may still not fit (addresses, FUNCTIONS = "ALL"), and what it stops never does.
 */
import type { Request } from '../../src/model/request.ts'
import type { Shape } from '../allocate/shape.ts'
import type { Stock } from '../rank/offer.ts'

/** More requests than this are not checked: the sets are 2 to this power. */
const MOST_REQUESTS = 6

export interface Demand {
  /** By set of requests (bit n = the n-th): devices that they want together. */
  readonly wanted: readonly number[]
  /** By kind number: the requests that such a device may serve. */
  readonly serves: readonly number[]
  /** The set of required requests. */
  readonly required: number
  /** False where optional devices were not counted. */
  readonly tellsOptional: boolean
  readonly oneNode: boolean
}

/** For a request, the kinds of devices that it may be served by, addresses aside. */
export type KindsOf = (request: Request) => ReadonlySet<number>

/** Null = too many requests to check. */
export function demandOf({ requests, numaPolicy }: Shape, kindsOf: KindsOf): Demand | null {
  const countable = (request: Request): boolean => !(request.optional && request.allFunctions)
  const tellsOptional = requests.length <= MOST_REQUESTS && requests.every(countable)
  const asked = tellsOptional ? requests : requests.filter((request) => !request.optional)
  if (asked.length > MOST_REQUESTS) return null
  const wanted = new Array<number>(2 ** asked.length).fill(0)
  const serves: number[] = []
  let required = 0
  for (const [n, request] of asked.entries()) {
    const bit = 1 << n
    if (!request.optional) required |= bit
    for (const kind of kindsOf(request)) serves[kind] = (serves[kind] ?? 0) | bit
    for (const set of wanted.keys()) if ((set & bit) !== 0) wanted[set] = (wanted[set] ?? 0) + request.count
  }
  return { wanted, serves, required, tellsOptional, oneNode: numaPolicy === 'required' }
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

/** Optional devices that a host with this stock can give at most; negative = not even the required ones. */
export function mostOptional(demand: Demand, stock: readonly Stock[]): number {
  if (!demand.oneNode) return mostOn(demand, stock, null)
  let most = -1
  for (const { node } of stock) most = Math.max(most, mostOn(demand, stock, node))
  return demand.required === 0 ? Math.max(0, most) : most
}

/** `node` null: devices of all nodes, or (where one node is asked for) those that have none. */
function mostOn(demand: Demand, stock: readonly Stock[], node: number | null): number {
  const { wanted, serves, required, oneNode } = demand
  /** By set: devices that serve none but requests of it. */
  const only = new Array<number>(wanted.length).fill(0)
  for (const entry of stock) {
    if (oneNode && entry.node !== null && entry.node !== node) continue
    const set = serves[entry.kind] ?? 0
    if (set !== 0) only[set] = (only[set] ?? 0) + entry.count
  }
  for (let bit = 1; bit < only.length; bit *= 2)
    for (let set = bit; set < only.length; set++)
      if ((set & bit) !== 0) only[set] = (only[set] ?? 0) + (only[set - bit] ?? 0)
  const all = wanted.length - 1
  let given = Infinity
  for (let set = 0; set <= all; set++) {
    const have = (only[all] ?? 0) - (only[all - set] ?? 0)
    if ((set & ~required) === 0 && have < (wanted[set] ?? 0)) return -1
    given = Math.min(given, have + (wanted[all - set] ?? 0))
  }
  return demand.tellsOptional ? given - (wanted[required] ?? 0) : Infinity
}
