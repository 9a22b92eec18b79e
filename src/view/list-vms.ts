/** VMs by their ids, in words. An id below 0 is a copy's that "how many more?" has counted (scheduler/plan/copies.ts). */
import { HOLDERS_NAMED } from '../model/refusal.ts'

const COPIES = 'VMs counted before'

/** `VM 3`. */
export function nameVm(vm: number): string {
  return vm < 0 ? `one of the ${COPIES}` : `VM ${vm}`
}

/** `VM 3`, `VMs 3, 5`, `VMs 3, 5, ... and others`, `VM 3 and VMs counted before`. */
export function listVms(vms: readonly number[]): string {
  const own = vms.filter((vm) => vm >= 0)
  const more = own.length > HOLDERS_NAMED ? ' and others' : ''
  const named = `VM${own.length > 1 ? 's' : ''} ${own.slice(0, HOLDERS_NAMED).join(', ')}${more}`
  if (own.length === vms.length) return named
  return own.length === 0 ? COPIES : `${named} and ${COPIES}`
}
