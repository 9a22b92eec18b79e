/** Device kinds: devices with equal ids and kind answer every request alike (addresses apart), so requests are asked once for each kind. */
import type { Request } from '../../src/model/request.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { matches, selectorKey } from '../request/match.ts'

/** Small numbers for kinds, shared by all hosts of one index. */
export interface KindTable {
  readonly ids: Map<string, number>
  /** A device of each kind, by number. */
  readonly examples: SnapshotDevice[]
}

export function emptyKindTable(): KindTable {
  return { ids: new Map(), examples: [] }
}

/** The number of a device's kind; a new one when it was not seen before. */
export function kindOf(table: KindTable, device: SnapshotDevice): number {
  const key = `${device.vendorId}${device.deviceId}${device.classId}${device.kind}`
  const known = table.ids.get(key)
  if (known !== undefined) return known
  const id = table.examples.length
  table.ids.set(key, id)
  table.examples.push(device)
  return id
}

/**
 * How many different requests among those given could use a device of each kind (by kind number): the more, the less
 * it should be spent on a request that something else would serve too. Requests for an address count for no kind.
 */
export function demandByKind(table: KindTable, requests: Iterable<Request>): readonly number[] {
  const distinct = new Map<string, Request>()
  for (const request of requests)
    if (request.selector.address === null) distinct.set(selectorKey(request), request)
  const demand = table.examples.map(() => 0)
  for (const request of distinct.values())
    table.examples.forEach((example, kind) => {
      if (matches(request, example)) demand[kind] = (demand[kind] ?? 0) + 1
    })
  return demand
}
