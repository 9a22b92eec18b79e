/** A host that is to be added, as the form has it, and as the API takes it. Pure. */
import { parseFilter } from '../../../../probes/pci/filter.ts'
import { MACHINES } from '../../../model/machines.ts'
import type { HostWish } from '../../api/documents.ts'

export const KINDS = ['agent', 'libvirt', 'simulator'] as const
export type Kind = (typeof KINDS)[number]

export interface Wish {
  readonly kind: Kind
  readonly name: string
  readonly cluster: string
  readonly filter: string
  readonly uri: string
  readonly machine: string
}

export const NO_WISH: Wish = {
  kind: 'agent',
  name: '',
  cluster: '',
  filter: '',
  uri: '',
  machine: MACHINES[0],
}

/** What is left empty is left out: the API has its own answer to it. */
export function bodyOf({ kind, name, cluster, filter, uri, machine }: Wish): HostWish {
  return {
    name: name.trim(),
    ...(cluster.trim() !== '' && { cluster: cluster.trim() }),
    ...(filter.trim() !== '' && { filter: filter.trim() }),
    ...(kind === 'agent' ? { agent: true } : { driver: kind }),
    ...(kind === 'libvirt' && uri.trim() !== '' && { uri: uri.trim() }),
    ...(kind === 'simulator' && { machine }),
  }
}

/** What the filter cannot be understood for; null = nothing. */
export function wrongFilter(filter: string): string | null {
  try {
    parseFilter(filter)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
