/** What keeps a VM from a host before PCI devices are looked at: state, readiness, requirements, CPU, memory, in this order. */
import type { Refusal } from '../../src/model/refusal.ts'
import type { PendingVm } from '../../src/model/snapshot.ts'
import { freeCpu, freeMemoryMiB, type HostState } from './host-state.ts'
import type { HostTest } from './requirement.ts'

/** Null = nothing. A VM that asks for no CPU or memory is not refused for a host that has none left. */
export function hostRefusal(state: HostState, vm: PendingVm, meets: HostTest | null): Refusal | null {
  if (state.host.state !== 'on') return { code: 'host-state', state: state.host.state }
  if (vm.onlyHost !== null && vm.onlyHost !== state.host.id) return { code: 'other-host' }
  if (!state.host.passthroughReady && vm.requests.some((request) => !request.optional))
    return state.host.missing === undefined
      ? { code: 'not-ready' }
      : { code: 'not-ready', missing: state.host.missing }
  if (vm.uefi === true && state.host.noUefi === true) return { code: 'no-firmware' }
  if (meets !== null && !meets(state)) return { code: 'requirements' }
  if (vm.cpu > freeCpu(state)) return { code: 'cpu', wanted: vm.cpu, free: freeCpu(state) }
  if (vm.memoryMiB > freeMemoryMiB(state))
    return { code: 'memory', wanted: vm.memoryMiB, free: freeMemoryMiB(state) }
  return null
}
