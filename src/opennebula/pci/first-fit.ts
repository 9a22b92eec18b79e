/**
 * How OpenNebula's core gives PCI devices to a VM (HostSharePCI: test and add, OpenNebula 6.10 and 7.4): requests for an
 * address first, then the others in the template's order; each takes the first free device, by the text of its address, that
 * fits; nothing is taken back. A placer cannot change that, so a host counts only where it gives every request a device.
 */
import { mayHave, type PciAsk, type PciTable, supply } from './table.ts'

/**
 * Positions in the table, in the order of `ask.requests`; null = some request gets none. Two requests for one address are
 * null, too: the core would let them pass and start the VM with one device.
 */
export function firstFit(table: PciTable, ask: PciAsk): readonly number[] | null {
  const { requests } = ask
  if (requests.length === 0) return NOTHING
  if (requests.length > table.free.length) return null
  for (let place = 0; place < requests.length; place++) if (supply(ask, place, table) !== 'free') return null
  const taken: number[] = []
  for (let place = 0; place < requests.length; place++) {
    const position = firstFree(table, ask, place, taken)
    if (position < 0) return null
    taken.push(position)
  }
  return taken
}

const NOTHING: readonly number[] = []

function firstFree(table: PciTable, ask: PciAsk, place: number, taken: readonly number[]): number {
  const { free } = table
  for (let position = 0; position < free.length; position++)
    if (free[position] && mayHave(ask, place, table, position) && !taken.includes(position)) return position
  return -1
}
