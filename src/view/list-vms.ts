/** VMs by their ids, in words. */
import { HOLDERS_NAMED } from '../model/refusal.ts'

/** `VM 3`, `VMs 3, 5`, `VMs 3, 5, ... and others`. */
export function listVms(vms: readonly number[]): string {
  const more = vms.length > HOLDERS_NAMED ? ' and others' : ''
  return `VM${vms.length > 1 ? 's' : ''} ${vms.slice(0, HOLDERS_NAMED).join(', ')}${more}`
}
