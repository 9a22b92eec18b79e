/**
 * What is equal across the cluster gets one number: device kinds (equal ids, so every request answers alike, addresses
 * apart), host layouts (the same devices at the same places) and device states (the same layout with the same devices
 * free). Hosts in one state are judged once.
 */
import type { Request } from '../../src/model/request.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { matches, selectorKey } from '../request/match.ts'
import type { Layout } from './layout.ts'

export interface Catalog {
  readonly kindIds: Map<string, number>
  /** A device of each kind, by number. */
  readonly examples: SnapshotDevice[]
  /** Hosts with a free device of each kind at the start. */
  readonly hostsWith: number[]
  readonly layouts: Map<string, Layout>
  readonly states: Map<string, number>
}

export function emptyCatalog(): Catalog {
  return { kindIds: new Map(), examples: [], hostsWith: [], layouts: new Map(), states: new Map() }
}

/** The number of a device's kind; a new one when it was not seen before. */
export function kindOf(catalog: Catalog, device: SnapshotDevice): number {
  const key = device.vendorId + device.deviceId + device.classId + device.kind
  const known = catalog.kindIds.get(key)
  if (known !== undefined) return known
  const kind = catalog.examples.length
  catalog.kindIds.set(key, kind)
  catalog.examples.push(device)
  catalog.hostsWith.push(0)
  return kind
}

/** The number of a layout with these devices free. */
export function stateOf(catalog: Catalog, layout: Layout, free: readonly boolean[]): number {
  let key = `${layout.id}:`
  for (let from = 0; from < free.length; from += 16) {
    let bits = 0
    for (let n = from; n < from + 16; n++) bits = 2 * bits + (free[n] ? 1 : 0)
    key += String.fromCharCode(bits)
  }
  const known = catalog.states.get(key)
  if (known !== undefined) return known
  catalog.states.set(key, catalog.states.size)
  return catalog.states.size - 1
}

/** What devices are worth in one plan. */
export interface Worth {
  /** By kind number, 1 to 1023. */
  readonly byKind: readonly number[]
  /** By layout number: its positions, cheapest first. */
  readonly orders: Map<number, readonly number[]>
}

/** For a question to which it makes no difference which devices are given. */
export function indifferent(): Worth {
  return { byKind: [], orders: new Map() }
}

/**
 * What a device of each kind is worth to others, 1 to 1023: most of all how many different requests among those given
 * could use it (requests for an address count for no kind), then how few hosts have one free. The cheaper is spent first.
 */
export function worthByKind(catalog: Catalog, requests: Iterable<Request>): Worth {
  const distinct = new Map<string, Request>()
  for (const request of requests)
    if (request.selector.address === null) distinct.set(selectorKey(request), request)
  const most = Math.max(1, ...catalog.hostsWith)
  const byKind = catalog.examples.map((example, kind) => {
    let demand = 0
    for (const request of distinct.values()) if (matches(request, example)) demand += 1
    const rarity = Math.floor(2 * Math.log2(most / Math.max(1, catalog.hostsWith[kind] ?? 1)))
    return Math.min(62, demand) * 16 + Math.min(15, rarity) + 1
  })
  return { byKind, orders: new Map() }
}
