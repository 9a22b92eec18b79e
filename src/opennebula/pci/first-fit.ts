/**
 * How OpenNebula's core gives PCI devices to a VM (HostSharePCI: test and add, OpenNebula 6.10 and 7.4): requests for an
 * address first, then the others in the template's order; each takes the first free device, by the text of its address, that
 * fits; nothing is taken back. A placer cannot change that, so a host counts only where it gives every request a device.
 */
import { areTwins, mayHave, type PciAsk, type PciTable, supply } from './table.ts'

/**
 * Positions in the table, in the order of `ask.requests`; null = some request gets none. Two requests for one address are
 * null, too: the core would let them pass and start the VM with one device.
 *
 * The core asks first, and then takes no device whose SHORT_ADDRESS it has thought of for this VM; when it gives, it does not
 * look at that. What it finds when it asks is free when it gives, or it gives a lower one, so giving never fails.
 */
export function firstFit(table: PciTable, ask: PciAsk): readonly number[] | null {
  const { requests } = ask
  if (requests.length === 0) return NOTHING
  if (requests.length > table.free.length) return null
  for (let place = 0; place < requests.length; place++) if (supply(ask, place, table) !== 'free') return null
  if (table.hasTwins && serve(table, ask, true) === null) return null
  return serve(table, ask, false)
}

const NOTHING: readonly number[] = []

function serve(table: PciTable, ask: PciAsk, hidesTwins: boolean): number[] | null {
  const taken: number[] = []
  for (let place = 0; place < ask.requests.length; place++) {
    const position = firstFree(table, ask, place, taken, hidesTwins)
    if (position < 0) return null
    taken.push(position)
  }
  return taken
}

function firstFree(
  table: PciTable,
  ask: PciAsk,
  place: number,
  taken: readonly number[],
  hidesTwins: boolean,
): number {
  const { free } = table
  for (let position = 0; position < free.length; position++)
    if (
      free[position] &&
      mayHave(ask, place, table, position) &&
      !taken.some((other) => other === position || (hidesTwins && areTwins(table, other, position)))
    )
      return position
  return -1
}
