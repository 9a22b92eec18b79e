/** How many of the cluster's devices a selection covers now. */

import { counted } from '../parts/amounts.ts'
import type { Coverage } from './selection.ts'

/** Null = what is selected is no kind of device: an address, or nothing. */
export function CoverageLine({ coverage }: { readonly coverage: Coverage | null }) {
  if (coverage === null) return <span className="berth-quiet">Counted by the check, not by type.</span>
  return <span>{coverageWords(coverage)}</span>
}

export function coverageWords({ types, total, free, hosts, isExact }: Coverage): string {
  if (types.length === 0) return 'No host offers such a device.'
  const one = types.length === 1 ? '' : ` of ${counted(types.length, 'type')}`
  const where = isExact ? counted(hosts, 'host') : `at least ${counted(hosts, 'host')}`
  return `${free.toLocaleString('en')} free of ${counted(total, 'device')}${one}, on ${where}.`
}
