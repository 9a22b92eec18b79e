/** One host while a plan is made: its facts, and what the plan has taken from it so far. */
import type { AttributeValue } from '../../model/expression.ts'
import { copyOfTable, type PciTable, takeDevices } from '../pci/table.ts'
import type { Host } from '../xml/host.ts'
import type { Job } from './job.ts'
import { type NumaHost, numaHost } from './numa.ts'

/** Changes in place as VMs are placed: a copy is made where something is only tried. */
export interface HostState {
  /** Its place among the hosts of the cluster. */
  readonly index: number
  readonly host: Host
  readonly pci: PciTable
  usedCpu: number
  usedMemory: number
  /** VMs that the plan put here. */
  planned: number
  /** Those, and what was here before. */
  readonly vms: Set<number>
  /** Free MB of local datastores, by datastore, as far as the plan changed it. */
  readonly freeDisk: Map<number, number>
  /** Null until somebody asks for it: most VMs do not. */
  numa: NumaHost | null
}

export function hostState(index: number, host: Host, pci: PciTable): HostState {
  return {
    index,
    host,
    pci,
    usedCpu: host.usedCpu,
    usedMemory: host.usedMemory,
    planned: 0,
    vms: new Set(host.vms),
    freeDisk: new Map(),
    numa: null,
  }
}

export function copyOf(state: HostState): HostState {
  return {
    ...state,
    pci: copyOfTable(state.pci),
    vms: new Set(state.vms),
    freeDisk: new Map(state.freeDisk),
  }
}

export function numaOf(state: HostState): NumaHost {
  state.numa ??= numaHost(state.host)
  return state.numa
}

/** Free MB of a datastore that each host has its own space for. */
export function freeDiskOf({ host, freeDisk }: HostState, datastore: number): number {
  return freeDisk.get(datastore) ?? host.freeDiskOf.get(datastore) ?? host.freeDisk
}

/** Takes what the job needs, with the PCI devices at these positions. */
export function occupy(
  state: HostState,
  job: Job,
  pci: readonly number[],
  numa: NumaHost | null,
  countsInPlan: boolean,
): void {
  state.usedCpu += job.cpu
  state.usedMemory += job.memory
  takeDevices(state.pci, pci)
  if (numa !== null) state.numa = numa
  state.vms.add(job.vm.id)
  if (countsInPlan) state.planned += 1
}

/** Reads one attribute as SCHED_RANK sees it; what the plan placed is counted in. */
export function hostAttribute(name: string): (state: HostState) => AttributeValue | undefined {
  const own = ({ host }: HostState): string | undefined => host.attributes.get(name)
  const moved = (change: (state: HostState) => number) => (state: HostState) => {
    const text = own(state)
    const value = Number(text)
    return text === undefined || Number.isNaN(value) ? text : value + change(state)
  }
  switch (name) {
    case 'RUNNING_VMS':
      return moved(({ planned }) => planned)
    case 'CPU_USAGE':
      return moved(cpuTaken)
    case 'MEM_USAGE':
      return moved(memoryTaken)
    case 'FREE_CPU':
      return moved((state) => -cpuTaken(state))
    case 'FREE_MEMORY':
      return moved((state) => -memoryTaken(state))
    default:
      return own
  }
}

const cpuTaken = ({ usedCpu, host }: HostState): number => usedCpu - host.usedCpu
const memoryTaken = ({ usedMemory, host }: HostState): number => usedMemory - host.usedMemory
