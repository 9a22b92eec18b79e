/** What a VM's domain is called on its host: name and uuid, the same for each of its starts. Pure. */
import { createHash } from 'node:crypto'
import type { DomainMark } from '../model/usage.ts'

/** A VM's domain on its host; one name per VM, so that it cannot run twice there. */
export function domainName(vm: number): string {
  return `berth-${vm}`
}

/**
 * The same for each start of a VM, so that the guest sees the same machine; RFC 9562, version 8: bits of a hash over
 * the database's and the VM's id.
 */
export function domainUuid(mark: Pick<DomainMark, 'cluster' | 'vm'>): string {
  const bits = createHash('sha256')
    .update(JSON.stringify([mark.cluster, mark.vm]))
    .digest('hex')
  const variant = ((parseInt(bits.charAt(16), 16) & 3) | 8).toString(16)
  return [
    bits.slice(0, 8),
    bits.slice(8, 12),
    `8${bits.slice(13, 16)}`,
    `${variant}${bits.slice(17, 20)}`,
    bits.slice(20, 32),
  ].join('-')
}
