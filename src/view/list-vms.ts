/** VMs by their ids, in words; copies that a what-if question placed have none that means something. */
import { FIRST_COPY, HOLDERS_NAMED } from '../model/refusal.ts'

const isCopy = (vm: number): boolean => vm >= FIRST_COPY

/** `VM 3` */
export function nameVm(vm: number): string {
  return isCopy(vm) ? 'a copy of it' : `VM ${vm}`
}

/** `VM 3`, `VMs 3, 5`, `VMs 3, 5, ... and others`, `VMs 3, 5 and copies of it`. */
export function listVms(vms: readonly number[]): string {
  const real = vms.filter((vm) => !isCopy(vm))
  const copies = real.length < vms.length ? ['copies of it'] : []
  if (real.length === 0) return copies.join('')
  const more = real.length > HOLDERS_NAMED ? ['others'] : []
  const named = `VM${real.length > 1 ? 's' : ''} ${real.slice(0, HOLDERS_NAMED).join(', ')}`
  return [named, ...more, ...copies].join(' and ')
}
