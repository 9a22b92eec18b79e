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

/** `withOptional` false leaves OPTIONAL requests out (a host that may not pass devices still takes the VM without them). */
export function compileShape(
  requests: readonly Request[],
  numaPolicy: NumaPolicy,
  withOptional = true,
): Shape {
  const asked = requests.filter((r) => withOptional || !r.optional).sort((a, b) => a.index - b.index)
  const key = asked.map((r) => `${r.index} ${r.count}${r.optional ? '?' : '!'}${selectorKey(r)}`).join('|')
  const slotRequests = asked.flatMap((r, position) => (r.allFunctions ? [position] : []))
  return {
    key: `${numaPolicy} ${key}`,
    requests: asked,
    numaPolicy,
    servesMemo: new Map(),
    byKind: [],
    addresses: new Set(asked.flatMap((r) => r.selector.address ?? [])),
    slotRequests: slotRequests.sort(
      (a, b) => Number(asked[a]?.optional) - Number(asked[b]?.optional) || a - b,
    ),
  }
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
