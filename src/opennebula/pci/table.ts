/** The PCI devices of one host while a plan is made. Devices of equal ids are one kind, so that a request is compared once with each kind. */
import type { PciDevice } from '../xml/host.ts'
import { fits, type PciRequest, requestKey } from './request.ts'

/** Devices of one kind on one host. */
export interface Stock {
  readonly kind: number
  readonly count: number
  free: number
}

/** By position, in the order in which the core tries devices. `free` and the stock change as VMs are placed. */
export interface PciTable {
  readonly devices: readonly PciDevice[]
  readonly kinds: readonly number[]
  readonly free: boolean[]
  readonly stock: readonly Stock[]
  /** Some devices have the same SHORT_ADDRESS, or none at all: their records dropped the domain. */
  readonly hasTwins: boolean
}

/** Kinds of devices over all hosts. */
export interface Kinds {
  readonly numbers: Map<string, number>
  /** A device of each kind, by number. */
  readonly examples: PciDevice[]
}

export function emptyKinds(): Kinds {
  return { numbers: new Map(), examples: [] }
}

/** `devices` in address order, as src/opennebula/xml/host.ts gives them. */
export function pciTable(devices: readonly PciDevice[], kinds: Kinds): PciTable {
  const numbers = devices.map((device) => kindOf(kinds, device))
  const free = devices.map((device) => device.free)
  const texts = new Set(devices.map(({ shortAddress }) => shortAddress))
  const hasTwins = texts.size < devices.length
  return { devices, kinds: numbers, free, stock: stockOf(numbers, free), hasTwins }
}

/** Whether two devices have one SHORT_ADDRESS: the core takes them for one while it looks at one VM. */
export function areTwins({ devices }: PciTable, a: number, b: number): boolean {
  return devices[a]?.shortAddress === devices[b]?.shortAddress
}

function kindOf({ numbers, examples }: Kinds, device: PciDevice): number {
  const key = `${device.vendor}:${device.device}:${device.class}`
  const known = numbers.get(key)
  if (known !== undefined) return known
  numbers.set(key, examples.length)
  return examples.push(device) - 1
}

function stockOf(kinds: readonly number[], free: readonly boolean[]): readonly Stock[] {
  return [...new Set(kinds)].map((kind) => ({
    kind,
    count: kinds.filter((other) => other === kind).length,
    free: kinds.filter((other, position) => other === kind && free[position]).length,
  }))
}

/** The same, to try something on. */
export function copyOfTable(table: PciTable): PciTable {
  return { ...table, free: [...table.free], stock: table.stock.map((entry) => ({ ...entry })) }
}

export function takeDevices({ kinds, free, stock }: PciTable, positions: readonly number[]): void {
  for (const position of positions) {
    free[position] = false
    const entry = stock.find(({ kind }) => kind === kinds[position])
    if (entry !== undefined) entry.free -= 1
  }
}

/** What a VM asks for, compiled: requests in the order in which the core serves them, and what they fit by kind. */
export interface PciAsk {
  /** Those for an address first, else the template's order. */
  readonly requests: readonly PciRequest[]
  /** By place in `requests`, then by kind; not looked at where an address is asked for. */
  readonly byKind: readonly (readonly boolean[])[]
  /** Equal keys: the same requests in the same order. */
  readonly key: string
}

export function pciAsk(template: readonly PciRequest[], kinds: Kinds): PciAsk {
  const requests = [
    ...template.filter((request) => request.address !== null),
    ...template.filter((request) => request.address === null),
  ]
  return {
    requests,
    byKind: requests.map((request) => kinds.examples.map((device) => fits(request, device))),
    key: requests.map(requestKey).join(),
  }
}

/** Whether the request at `place` may have the device at `position`, free or not. */
export function mayHave(ask: PciAsk, place: number, table: PciTable, position: number): boolean {
  const address = ask.requests[place]?.address ?? null
  if (address !== null) return table.devices[position]?.shortAddress === address
  return ask.byKind[place]?.[table.kinds[position] ?? -1] === true
}

/** Whether any device fits the request at `place`, free or not; and whether a free one does. */
export function supply(ask: PciAsk, place: number, table: PciTable): 'none' | 'taken' | 'free' {
  let found: 'none' | 'taken' = 'none'
  if (ask.requests[place]?.address !== null) {
    const position = table.devices.findIndex((_, at) => mayHave(ask, place, table, at))
    return position < 0 ? 'none' : table.free[position] ? 'free' : 'taken'
  }
  const fitting = ask.byKind[place]
  for (const { kind, free } of table.stock) {
    if (fitting?.[kind] !== true) continue
    if (free > 0) return 'free'
    found = 'taken'
  }
  return found
}
