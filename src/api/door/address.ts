/** Where a request comes from, as limits count it. */
import { isIPv4, isIPv6 } from 'node:net'

/** An IPv4 address as it is; of IPv6 the first 64 bits, which one machine has all to itself. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined && isIPv4(mapped)) return mapped
  if (!isIPv6(address)) return address
  const [before = '', after] = address.split('%')[0]?.split('::') ?? []
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const gap = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  const all = [...head, ...Array.from({ length: gap }, () => '0'), ...tail]
  return `${all.slice(0, 4).join(':').toLowerCase()}::/64`
}
