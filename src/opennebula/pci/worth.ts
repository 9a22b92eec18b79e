/** What devices are worth to others, so that scarce ones are spared: by how many different requests could use them, then by how few hosts have one. */
import { fits, type PciRequest, requestKey } from './request.ts'
import type { Kinds, PciTable } from './table.ts'

/** By kind; as in scheduler/allocate/catalog.ts, 16 for each request that could use it and up to 15 for rarity. */
export function worthOfKinds(
  kinds: Kinds,
  tables: readonly PciTable[],
  requests: Iterable<PciRequest>,
): readonly number[] {
  const distinct = new Map<string, PciRequest>()
  for (const request of requests) if (request.address === null) distinct.set(requestKey(request), request)
  const hosts = hostsWith(kinds, tables)
  const most = Math.max(1, ...hosts)
  return kinds.examples.map((example, kind) => {
    let demand = 0
    for (const request of distinct.values()) if (fits(request, example)) demand += 1
    const rarity = Math.floor(2 * Math.log2(most / Math.max(1, hosts[kind] ?? 1)))
    return demand * 16 + Math.min(15, rarity) + 1
  })
}

/** Hosts with a free device of each kind. */
function hostsWith({ examples }: Kinds, tables: readonly PciTable[]): readonly number[] {
  const counts = examples.map(() => 0)
  for (const { stock } of tables)
    for (const { kind, free } of stock) if (free > 0) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** The worth of the devices at these positions. */
export function priceOf(table: PciTable, positions: readonly number[], worth: readonly number[]): number {
  let price = 0
  for (const position of positions) price += worth[table.kinds[position] ?? -1] ?? 0
  return price
}

/** The worth of all that is free. */
export function worthOfFree({ stock }: PciTable, worth: readonly number[]): number {
  let sum = 0
  for (const { kind, free } of stock) sum += free * (worth[kind] ?? 0)
  return sum
}
