/**
 * Would the VM's PCI blocks get their devices in another order? Where an exact matching exists, some order reaches it by first fit:
 * call a set of requests tight when it has exactly as many devices to choose from as it has requests. A member of a smallest
 * tight set can take any of its devices without spoiling the matching of the others (were another tight set spoiled, the two
 * would have a smaller tight set in common, by Hall's theorem), and where no set is tight anybody can go first. So serving,
 * one after the other, a request whose first fit leaves the others a matching never gets stuck: no search over orders.
 * Devices with one SHORT_ADDRESS, of which a VM gets one, are one device here that fits what any of them fits.
 */
import { type Candidate, fill, startMatching } from '../../../scheduler/allocate/matching.ts'
import { firstFit } from './first-fit.ts'
import { areTwins, mayHave, type PciAsk, type PciTable } from './table.ts'

/** Whether some order serves all. */
export function someOrderFits(table: PciTable, ask: PciAsk): boolean {
  return afterAddresses(table, ask) !== null
}

/**
 * The template's blocks (numbers from 0) in an order in which first fit serves all of them, near the template's own; null =
 * the devices do not suffice in any order. Blocks for an address are served first wherever they stand.
 */
export function orderThatFits(table: PciTable, ask: PciAsk): readonly number[] | null {
  const start = afterAddresses(table, ask)
  if (start === null) return null
  const { free, addressed } = start
  let left = [...ask.requests.keys()].slice(addressed)
  const order: number[] = []
  while (left.length > 0) {
    const next = left.find((place) => leavesMatching(table, free, ask, left, place))
    if (next === undefined) throw new Error('a matching exists and no request can go first')
    take(table, free, lowest({ ...table, free }, ask, next))
    left = left.filter((place) => place !== next)
    order.push(next)
  }
  const places = [...ask.requests.keys()].slice(0, addressed).concat(order)
  return places.map((place) => ask.requests[place]?.index ?? place)
}

/** What is free once the blocks for an address (they come first) are served; null = the others have no matching then. */
function afterAddresses(
  table: PciTable,
  ask: PciAsk,
): { readonly free: boolean[]; readonly addressed: number } | null {
  const requests = ask.requests.filter((request) => request.address !== null)
  const fixed = firstFit(table, { ...ask, requests })
  if (fixed === null) return null
  const free = [...table.free]
  for (const position of fixed) take(table, free, position)
  const left = [...ask.requests.keys()].slice(requests.length)
  return canMatch({ ...table, free }, ask, left) ? { free, addressed: requests.length } : null
}

function leavesMatching(
  table: PciTable,
  free: readonly boolean[],
  ask: PciAsk,
  left: readonly number[],
  place: number,
): boolean {
  const after = [...free]
  take(table, after, lowest({ ...table, free: after }, ask, place))
  return canMatch(
    { ...table, free: after },
    ask,
    left.filter((other) => other !== place),
  )
}

/** With its twins, which the same VM cannot have any more. */
function take(table: PciTable, free: boolean[], position: number): void {
  free[position] = false
  if (table.hasTwins)
    for (const other of free.keys()) if (areTwins(table, other, position)) free[other] = false
}

/** The device that first fit gives; there is one wherever a matching exists. */
function lowest(table: PciTable, ask: PciAsk, place: number): number {
  return table.free.findIndex((isFree, position) => isFree && mayHave(ask, place, table, position))
}

/** Berth's own matching (scheduler/allocate), without a thought for which devices it gives. */
function canMatch(table: PciTable, ask: PciAsk, places: readonly number[]): boolean {
  const candidates = new Map<string, Candidate>()
  for (const [position, isFree] of table.free.entries()) {
    if (!isFree) continue
    const fitting = [...places.keys()].filter((n) => mayHave(ask, places[n] ?? -1, table, position))
    if (fitting.length === 0) continue
    const key = table.hasTwins ? `@${table.devices[position]?.shortAddress}` : String(position)
    const serves = [...new Set([...(candidates.get(key)?.serves ?? []), ...fitting])]
    candidates.set(key, { position, serves, group: null })
  }
  return fill(
    startMatching(
      [...candidates.values()],
      places.map(() => 1),
      [],
    ),
  )
}
