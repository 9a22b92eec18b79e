/** What takes away that which keeps a VM from a host before devices are looked at. */
import type { Change } from '../../src/model/remedy.ts'
import { emptyCatalog } from '../allocate/catalog.ts'
import { hostRefusal } from '../feasible/host.ts'
import { hostState } from '../feasible/host-state.ts'
import { compileRequirement } from '../feasible/requirement.ts'
import type { Situation } from './situation.ts'

/** Null = nothing does. */
export function hostChange({ host, vm }: Situation): Change | 'hopeless' | null {
  const meets = vm.requirement === null ? null : compileRequirement(vm.requirement)
  const refusal = hostRefusal(hostState(host, emptyCatalog()), vm, meets)
  switch (refusal?.code) {
    case undefined:
      return null
    case 'host-state':
      return { code: host.state === 'disabled' ? 'enable-host' : 'revive-host' }
    case 'other-host':
      return { code: 'send-here' }
    case 'not-ready':
      return { code: 'prepare-host', ...(host.missing !== undefined && { missing: host.missing }) }
    case 'no-firmware':
      return { code: 'install-firmware' }
    case 'requirements':
      return { code: 'relax-requirements' }
    case 'cpu':
      return vm.cpu > (host.cpu ?? 0) ? 'hopeless' : { code: 'free-cpu', missing: vm.cpu - refusal.free }
    case 'memory':
      return vm.memoryMiB > (host.memoryMiB ?? 0)
        ? 'hopeless'
        : { code: 'free-memory', missing: vm.memoryMiB - refusal.free }
    default:
      return 'hopeless'
  }
}
