/** A VM's requests, compiled once and asked of many hosts: which requests could each kind of device serve? */
import type { Address } from '../../src/model/address.ts'
import type { NumaPolicy, Request } from '../../src/model/request.ts'
import type { SnapshotDevice } from '../../src/model/snapshot.ts'
import { matches, selectorKey } from '../request/match.ts'

/** Positions in `Shape.requests`, ascending. One array per distinct answer, so that equal answers are identical objects. */
export type Serves = readonly number[]

export interface Shape {
  /** Equal keys: the same requests and NUMA policy, so the same verdict on every host. */
  readonly key: string
  /** In template order. */
  readonly requests: readonly Request[]
  readonly numaPolicy: NumaPolicy
  readonly servesMemo: Map<string, Serves>
  readonly byKind: (Serves | undefined)[]
  readonly addresses: ReadonlySet<Address>
  /** Positions of FUNCTIONS = "ALL" requests, required ones first. */
  readonly slotRequests: readonly number[]
}

export const NOTHING: Serves = []

/** See `Shape.key`; cheaper than compiling. `requests` in template order. */
export function shapeKey(requests: readonly Request[], numaPolicy: NumaPolicy): string {
  let key: string = numaPolicy
  for (const r of requests) key += `|${r.index} ${r.count}${r.optional ? '?' : '!'}${selectorKey(r)}`
  return key
}

/** `requests` in template order. */
export function compileShape(requests: readonly Request[], numaPolicy: NumaPolicy): Shape {
  const slotRequests = requests.flatMap((r, position) => (r.allFunctions ? [position] : []))
  const isOptional = (position: number): number => (requests[position]?.optional ? 1 : 0)
  return {
    key: shapeKey(requests, numaPolicy),
    requests,
    numaPolicy,
    servesMemo: new Map(),
    byKind: [],
    addresses: new Set(requests.flatMap((r) => r.selector.address ?? [])),
    slotRequests: slotRequests.sort((a, b) => isOptional(a) - isOptional(b) || a - b),
  }
}

/** A VM's requests in template order; `required` = those without OPTIONAL alone. */
export function requestsInOrder(requests: readonly Request[], which: 'all' | 'required'): readonly Request[] {
  const asked = which === 'all' ? [...requests] : requests.filter((request) => !request.optional)
  return asked.sort((a, b) => a.index - b.index)
}

/** The requests for single devices that `device`, of kind number `kind`, could serve. */
export function servesOf(shape: Shape, device: SnapshotDevice, kind: number): Serves {
  if (shape.addresses.has(device.address)) return ask(shape, device)
  const known = shape.byKind[kind]
  if (known !== undefined) return known
  const serves = ask(shape, device)
  shape.byKind[kind] = serves
  return serves
}

function ask(shape: Shape, device: SnapshotDevice): Serves {
  const serves = shape.requests.flatMap((request, position) =>
    !request.allFunctions && matches(request, device) ? [position] : [],
  )
  if (serves.length === 0) return NOTHING
  const key = serves.join()
  const known = shape.servesMemo.get(key)
  if (known !== undefined) return known
  shape.servesMemo.set(key, serves)
  return serves
}
