/** One VM that is to be placed: what it needs, compiled, and the hosts that it may use. */
import { hundredthsOfCores } from '../../template/cores.ts'
import { type PciRequest, readPciRequest } from '../pci/request.ts'
import { type Kinds, type PciAsk, pciAsk } from '../pci/table.ts'
import type { Policy } from '../policy.ts'
import type { Allowed } from '../xml/pools.ts'
import type { Vm } from '../xml/vm.ts'
import { type DiskNeeds, diskNeeds } from './disks.ts'
import { flawOf } from './flaw.ts'
import { type NumaAsk, numaAsk } from './numa.ts'

/** CPU in hundredths of a core, memory in KiB. */
export interface Job {
  readonly vm: Vm
  readonly allowed: Allowed
  readonly cpu: number
  readonly memory: number
  readonly disks: DiskNeeds
  /** In the template's order. */
  readonly requests: readonly PciRequest[]
  readonly ask: PciAsk
  readonly numa: NumaAsk | null
  /** What makes its own template impossible on any host; null = nothing. */
  readonly flaw: string | null
}

/** Amounts that cannot be read count as more than any host has: such a VM must not be placed. */
const TOO_MUCH = Number.MAX_SAFE_INTEGER

export function jobOf(vm: Vm, allowed: Allowed, kinds: Kinds, policy: Pick<Policy, 'memoryScale'>): Job {
  const requests = vm.pci.map(readPciRequest)
  return {
    vm,
    allowed,
    cpu: hundredthsOfCores(vm.cpu) ?? TOO_MUCH,
    memory: vm.memoryMiB === null || vm.memoryMiB < 0 ? TOO_MUCH : vm.memoryMiB * 1024,
    disks: diskNeeds(vm, policy.memoryScale),
    requests,
    ask: pciAsk(requests, kinds),
    numa: numaAsk(vm),
    flaw: flawOf(requests),
  }
}

/** Higher USER_PRIORITY first, then who came first. */
export function inTurn(jobs: readonly Job[]): Job[] {
  return [...jobs].sort((a, b) => b.vm.priority - a.vm.priority || a.vm.id - b.vm.id)
}
