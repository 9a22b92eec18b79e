/** What the search works on: one VM's requests against the free devices of one host (or of one of its NUMA nodes). */

import { matches } from '../request/match.ts'
import type { Worth } from './catalog.ts'
import { type DeviceTable, freeFor } from './device-table.ts'
import type { Candidate } from './matching.ts'
import { NOTHING, type Serves, type Shape, servesOf } from './shape.ts'

/** A whole slot that FUNCTIONS = "ALL" requests could have: all of its functions are free. */
export interface Slot {
  readonly functions: readonly number[]
  /** FUNCTIONS = "ALL" requests whose selector finds one of its functions. */
  readonly serves: readonly number[]
  readonly groups: readonly number[]
  /** Equal kinds: interchangeable for every request of this VM. */
  readonly kind: string
}

export interface Problem {
  readonly table: DeviceTable
  readonly shape: Shape
  /** Most preferred first. */
  readonly candidates: readonly Candidate[]
  readonly slots: readonly Slot[]
  readonly worth: Worth
}

export function stateProblem(table: DeviceTable, shape: Shape, vm: number, worth: Worth): Problem {
  const free = freeFor(table, vm)
  const candidates: Candidate[] = []
  for (const position of cheapestFirst(table, worth)) {
    const device = table.devices[position]
    if (!free[position] || device === undefined) continue
    const serves = servesOf(shape, device, table.layout.kinds[position] ?? -1)
    if (serves.length === 0) continue
    const alone = table.layout.mateCounts[position] === 0
    candidates.push({ position, serves, group: alone ? null : device.iommuGroup })
  }
  const slots = shape.slotRequests.length === 0 ? [] : freeSlots(table, shape, free, worth)
  return { table, shape, candidates, slots, worth }
}

/** What giving a device away costs: its worth to others first, then the group mates dragged along (15 and more are alike). */
export function priceOf(table: DeviceTable, worth: Worth, position: number): number {
  return priceOfKind(worth, table.layout.kinds[position] ?? -1, table.layout.mateCounts[position] ?? 0)
}

export function priceOfKind({ byKind }: Worth, kind: number, mates: number): number {
  return (byKind[kind] ?? 0) * 16 + Math.min(15, mates)
}

export function worthAt(table: DeviceTable, worth: Worth, position: number): number {
  return worth.byKind[table.layout.kinds[position] ?? -1] ?? 0
}

/** All positions by price, then address; the same for all hosts of one layout. */
function cheapestFirst(table: DeviceTable, worth: Worth): readonly number[] {
  const known = worth.orders.get(table.layout.id)
  if (known !== undefined) return known
  const prices = table.devices.map((_, position) => priceOf(table, worth, position))
  const order = [...prices.keys()].sort((a, b) => (prices[a] ?? 0) - (prices[b] ?? 0) || a - b)
  worth.orders.set(table.layout.id, order)
  return order
}

function freeSlots(table: DeviceTable, shape: Shape, free: readonly boolean[], worth: Worth): Slot[] {
  const priced: { slot: Slot; contested: number; price: number }[] = []
  for (const functions of table.layout.slots) {
    if (!functions.every((position) => free[position])) continue
    const serves = slotServes(table, shape, functions)
    if (serves.length === 0) continue
    const singles = functions.map((position) => singleServes(table, shape, position))
    const groups = functions.flatMap((position) => table.devices[position]?.iommuGroup ?? [])
    const kind = `${serves.join()}/${singles
      .map((s) => s.join())
      .sort()
      .join('/')}`
    const sum = functions.reduce((total, p) => total + priceOf(table, worth, p), 0)
    priced.push({
      slot: { functions, serves, groups, kind },
      contested: singles.filter((s) => s.length > 0).length,
      price: sum,
    })
  }
  return priced
    .sort((a, b) => a.contested - b.contested || a.price - b.price || first(a.slot) - first(b.slot))
    .map(({ slot }) => slot)
}

const first = (slot: Slot): number => slot.functions[0] ?? 0

function singleServes(table: DeviceTable, shape: Shape, position: number): Serves {
  const device = table.devices[position]
  return device === undefined ? NOTHING : servesOf(shape, device, table.layout.kinds[position] ?? -1)
}

/** FUNCTIONS = "ALL" requests that find a function of this slot. */
export function slotServes(table: DeviceTable, shape: Shape, functions: readonly number[]): number[] {
  return shape.slotRequests.filter((request) => {
    const asked = shape.requests[request]
    return functions.some((position) => {
      const device = table.devices[position]
      return asked !== undefined && device !== undefined && matches(asked, device)
    })
  })
}

/** The NUMA nodes that devices of the problem are on, ascending. */
export function nodesOf(problem: Problem): number[] {
  const nodes = new Set<number>()
  const add = (position: number): void => {
    const node = problem.table.devices[position]?.numaNode ?? null
    if (node !== null) nodes.add(node)
  }
  for (const candidate of problem.candidates) add(candidate.position)
  for (const slot of problem.slots) slot.functions.forEach(add)
  return [...nodes].sort((a, b) => a - b)
}

/** The same with only what `node` has; a device without a node is on all of them. */
export function onNode(problem: Problem, node: number): Problem {
  const here = (position: number): boolean => {
    const own = problem.table.devices[position]?.numaNode ?? null
    return own === null || own === node
  }
  return {
    ...problem,
    candidates: problem.candidates.filter((c) => here(c.position)),
    slots: problem.slots.filter((slot) => slot.functions.every(here)),
  }
}
