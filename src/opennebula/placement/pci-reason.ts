/** Why first fit does not serve a VM on a host: told apart for the message, once no host can take it. */
import { someOrderFits } from '../pci/other-order.ts'
import { type PciAsk, type PciTable, supply } from '../pci/table.ts'

/** `other-order`: written in another order, the template's blocks would be served. */
export type PciReason = 'no-such-device' | 'not-enough-free' | 'combination' | 'other-order'

/** A VM with more blocks is not told of an order: finding one takes as many matchings as pairs of blocks. */
const MOST_BLOCKS = 32

/** `known` keeps what was found out: hosts with equally many devices of each kind free need not be asked again. */
export function pciReason(table: PciTable, ask: PciAsk, known: Map<string, boolean>): PciReason {
  let isShort = false
  for (let place = 0; place < ask.requests.length; place++) {
    const found = supply(ask, place, table)
    if (found === 'none') return 'no-such-device'
    if (found === 'taken') isShort = true
  }
  if (isShort) return 'not-enough-free'
  if (ask.requests.length > MOST_BLOCKS) return 'combination'
  return orderKnown(table, ask, known) ? 'other-order' : 'combination'
}

function orderKnown(table: PciTable, ask: PciAsk, known: Map<string, boolean>): boolean {
  // Which devices an address stands for, and which are twins, differs from host to host.
  if (table.hasTwins || ask.requests[0]?.address !== null) return someOrderFits(table, ask)
  const enough = ask.requests.length
  let key = ask.key
  for (const { kind, free } of table.stock) key += `/${kind}:${Math.min(free, enough)}`
  const before = known.get(key)
  if (before !== undefined) return before
  const fits = someOrderFits(table, ask)
  known.set(key, fits)
  return fits
}
