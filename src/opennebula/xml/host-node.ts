/** NODE: one NUMA node of a host, with its cores, memory and huge pages. */
import { nextChild, skipElement, type XmlReader } from './reader.ts'
import { type Attributes, readAttributes, readWhole, wholeOf } from './values.ts'

export interface HostCore {
  readonly id: number
  /** `0:-1,16:-1`: each CPU with the VM on it, -1 = none, -2 = reserved. */
  readonly cpus: string
  readonly dedicated: boolean
}

/** Memory in KiB, pages in numbers; `size` in KiB. */
export interface HostNode {
  readonly id: number
  readonly cores: readonly HostCore[]
  readonly memory: number
  readonly usedMemory: number
  /** Node ids, the nearest first. */
  readonly distance: readonly number[]
  readonly pages: readonly { readonly size: number; readonly count: number; readonly used: number }[]
}

/** The node whose NODE element is open; closes it. */
export function readNode(reader: XmlReader): HostNode {
  const cores: HostCore[] = []
  const pages: { size: number; count: number; used: number }[] = []
  let id = -1
  let memory: Attributes = new Map()
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    if (name === 'CORE') cores.push(coreOf(readAttributes(reader)))
    else if (name === 'HUGEPAGE') pages.push(pagesOf(readAttributes(reader)))
    else if (name === 'MEMORY') memory = readAttributes(reader)
    else if (name === 'NODE_ID') id = readWhole(reader, -1)
    else skipElement(reader)
  }
  const distance = (memory.get('DISTANCE') ?? '').split(/\s+/).filter((text) => /^\d{1,9}$/.test(text))
  return {
    id,
    cores: cores.sort((a, b) => a.id - b.id),
    memory: wholeOf(memory, 'TOTAL') ?? 0,
    usedMemory: wholeOf(memory, 'USAGE') ?? 0,
    distance: distance.map(Number),
    pages,
  }
}

function coreOf(core: Attributes): HostCore {
  return {
    id: wholeOf(core, 'ID') ?? -1,
    cpus: core.get('CPUS') ?? '',
    dedicated: core.get('DEDICATED') === 'YES',
  }
}

function pagesOf(page: Attributes): { size: number; count: number; used: number } {
  return {
    size: wholeOf(page, 'SIZE') ?? 0,
    count: wholeOf(page, 'PAGES') ?? 0,
    used: wholeOf(page, 'USAGE') ?? 0,
  }
}
