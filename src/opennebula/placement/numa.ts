/** What a VM asks of NUMA nodes, and a host's nodes with what is free of them (HostShareNode of OpenNebula 6.10 and 7). */
import type { Host } from '../xml/host.ts'
import type { HostNode } from '../xml/host-node.ts'
import { wholeOf } from '../xml/values.ts'
import type { Vm } from '../xml/vm.ts'

export interface Core {
  /** VMs on each CPU that is not reserved. */
  readonly load: readonly number[]
  readonly dedicated: boolean
}

export interface NumaNode {
  readonly id: number
  readonly cores: readonly Core[]
  readonly freeMemory: number
  readonly distance: readonly number[]
  /** Free pages by size in KiB. */
  readonly pages: ReadonlyMap<number, number>
}

export interface NumaHost {
  readonly nodes: readonly NumaNode[]
  readonly threadsPerCore: number
  readonly vmsPerThread: number
}

/** Memory in KiB. */
export interface NumaAsk {
  readonly nodes: readonly { readonly cpus: number; readonly memory: number }[]
  readonly memory: number
  /** PIN_POLICY = CORE: whole cores. */
  readonly dedicated: boolean
  readonly pinned: boolean
  /** NODE_AFFINITY; null = any. */
  readonly node: number | null
  /** HUGEPAGE_SIZE in KiB; 0 = none asked for. */
  readonly pageSize: number
  /** THREADS; 0 = any. */
  readonly threads: number
}

/** Null = the VM is neither pinned nor bound to a node. */
export function numaAsk({ topology, nodes, memoryMiB }: Vm): NumaAsk | null {
  if (topology === null || nodes.length === 0) return null
  const policy = (topology.get('PIN_POLICY') ?? 'NONE').toUpperCase()
  const affinity = wholeOf(topology, 'NODE_AFFINITY') ?? -1
  return {
    nodes: nodes.map((node) => ({
      cpus: wholeOf(node, 'TOTAL_CPUS') ?? 0,
      memory: wholeOf(node, 'MEMORY') ?? 0,
    })),
    memory: (memoryMiB ?? 0) * 1024,
    dedicated: policy === 'CORE',
    pinned: policy === 'CORE' || policy === 'THREAD' || policy === 'SHARED',
    node: affinity === -1 ? null : affinity,
    pageSize: (wholeOf(topology, 'HUGEPAGE_SIZE') ?? 0) * 1024,
    threads: wholeOf(topology, 'THREADS') ?? 0,
  }
}

export function numaHost({ nodes, vmsPerThread }: Pick<Host, 'nodes' | 'vmsPerThread'>): NumaHost {
  const threadsPerCore = (nodes[0]?.cores[0]?.cpus ?? '').split(',').filter((cpu) => cpu !== '').length
  return { nodes: nodes.map(numaNode), threadsPerCore: Math.max(1, threadsPerCore), vmsPerThread }
}

function numaNode({ id, cores, memory, usedMemory, distance, pages }: HostNode): NumaNode {
  return {
    id,
    cores: cores.map(({ cpus, dedicated }) => ({ dedicated, load: loadOf(cpus) })),
    freeMemory: memory - usedMemory,
    distance,
    pages: new Map(pages.map(({ size, count, used }) => [size, count - used])),
  }
}

/** `0:-1,16:7,16:8,32:-2`: CPU 0 free, 16 with two VMs, 32 reserved. The core writes them by CPU. */
function loadOf(cpus: string): readonly number[] {
  const load: number[] = []
  let before = ''
  for (const entry of cpus.split(',')) {
    const colon = entry.indexOf(':')
    const cpu = colon < 0 ? entry : entry.slice(0, colon)
    const vm = colon < 0 ? '-1' : entry.slice(colon + 1)
    if (cpu === '' || vm === '-2') continue
    if (cpu !== before) load.push(0)
    before = cpu
    if (!vm.startsWith('-')) load[load.length - 1] = (load[load.length - 1] ?? 0) + 1
  }
  return load
}
