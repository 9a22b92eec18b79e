/** VMs named in a refusal: at most eight of them are told. */

/** `VM 3`, `VMs 3, 5`. */
export function listVms(vms: readonly number[]): string {
  const more = vms.length >= 8 ? ' and perhaps others' : ''
  return `VM${vms.length > 1 ? 's' : ''} ${vms.join(', ')}${more}`
}
