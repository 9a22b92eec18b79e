/** What one host offers one kind of request: how many free devices, and the price of the cheapest. */
import type { Request } from '../../src/model/request.ts'
import type { Worth } from '../allocate/catalog.ts'
import type { DeviceTable } from '../allocate/device-table.ts'
import { priceOf, priceOfKind } from '../allocate/problem.ts'
import { matches } from '../request/match.ts'

export interface Offer {
  /** Free devices, or whole free slots for FUNCTIONS = "ALL". */
  readonly count: number
  /** See `priceOf`; Infinity where there is none. */
  readonly price: number
}

/** Free devices of one kind on one NUMA node of one host. */
export interface Stock {
  readonly kind: number
  readonly node: number | null
  readonly count: number
  /** Group mates that the cheapest of them drags along. */
  readonly mates: number
}

export const NO_OFFER: Offer = { count: 0, price: Infinity }

/** The free devices of a host by kind and NUMA node. */
export function stockOf({ layout, devices, free }: DeviceTable): readonly Stock[] {
  const stock: { kind: number; node: number | null; count: number; mates: number }[] = []
  for (const [position, kind] of layout.kinds.entries()) {
    if (!free[position]) continue
    const node = devices[position]?.numaNode ?? null
    const mates = layout.mateCounts[position] ?? 0
    const entry = stock.find((other) => other.kind === kind && other.node === node)
    if (entry === undefined) stock.push({ kind, node, count: 1, mates })
    else {
      entry.count += 1
      entry.mates = Math.min(entry.mates, mates)
    }
  }
  return stock
}

/** For a request without address or FUNCTIONS = "ALL"; `fits` by kind number. */
export function offerOfKinds(stock: readonly Stock[], fits: readonly boolean[], worth: Worth): Offer {
  let count = 0
  let price = Infinity
  for (const entry of stock) {
    if (!fits[entry.kind]) continue
    count += entry.count
    price = Math.min(price, priceOfKind(worth, entry.kind, entry.mates))
  }
  return { count, price }
}

/** Devices of these kinds that are on `node` or on none. */
export function countOn(stock: readonly Stock[], fits: readonly boolean[], node: number): number {
  let count = 0
  for (const entry of stock)
    if (fits[entry.kind] && (entry.node === node || entry.node === null)) count += entry.count
  return count
}

export function offerAtAddress(table: DeviceTable, request: Request, worth: Worth): Offer {
  const { address } = request.selector
  const position = address === null ? undefined : table.layout.positionOf.get(address)
  const device = position === undefined ? undefined : table.devices[position]
  if (position === undefined || device === undefined) return NO_OFFER
  if (!table.free[position] || !matches(request, device)) return NO_OFFER
  return { count: 1, price: priceOf(table, worth, position) }
}

/** `fits` by kind number, addresses aside. */
export function offerOfSlots(
  { layout, devices, free }: DeviceTable,
  { selector: { address } }: Request,
  fits: readonly boolean[],
  worth: Worth,
): Offer {
  let count = 0
  let price = Infinity
  const finds = (position: number): boolean =>
    fits[layout.kinds[position] ?? -1] === true &&
    (address === null || devices[position]?.address === address)
  for (const functions of layout.slots) {
    if (!functions.some(finds) || !functions.every((position) => free[position])) continue
    count += 1
    let sum = 0
    for (const p of functions) sum += priceOfKind(worth, layout.kinds[p] ?? -1, layout.mateCounts[p] ?? 0)
    price = Math.min(price, sum)
  }
  return { count, price }
}
