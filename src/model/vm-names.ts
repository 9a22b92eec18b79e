/** Names of VMs that are made together. */

/** `%i` becomes the number of the VM, from 0, as OpenNebula does; several VMs of one name get it at the end. */
export function nameOf(name: string, index: number, count: number): string {
  if (name.includes('%i')) return name.replaceAll('%i', String(index))
  return count === 1 ? name : `${name}-${index}`
}
