/** Addresses and routes of network interfaces out of proc's tables: pure. */

/** Interface name to what it carries. */
export interface NetworkState {
  readonly addresses: ReadonlyMap<string, ReadonlySet<string>>
  readonly routes: ReadonlyMap<string, ReadonlySet<string>>
}

/** Texts of /proc/net; '' where there is none. */
export interface NetworkTables {
  readonly route: string
  readonly fibTrie: string
  readonly ifInet6: string
  readonly ipv6Route: string
}

type Collected = Map<string, Set<string>>

export function networkState(tables: NetworkTables): NetworkState {
  const addresses: Collected = new Map()
  const routes: Collected = new Map()
  const ipv4 = parseRoutes(tables.route)
  for (const { name, base, mask } of ipv4) add(routes, name, `${dotted(base)}/${prefixLength(mask)}`)
  for (const address of localAddresses(tables.fibTrie)) {
    const name = interfaceOf(address, ipv4)
    if (name !== null) add(addresses, name, dotted(address))
  }
  for (const line of tables.ifInet6.split('\n')) {
    const [address = '', , , , , name] = line.trim().split(/\s+/)
    if (name !== undefined && !isLocalScope(address)) add(addresses, name, ipv6Text(address))
  }
  for (const { name, target } of parseIpv6Routes(tables.ipv6Route)) add(routes, name, target)
  return { addresses, routes }
}

/** Every interface that is up has addresses and routes of link scope (fe80::/10) and multicast (ff00::/8): no use. */
export function isLocalScope(address: string): boolean {
  return /^(fe[89ab]|ff)/i.test(address)
}

function add(map: Collected, key: string, value: string): void {
  const set = map.get(key)
  if (set) set.add(value)
  else map.set(key, new Set([value]))
}

interface Ipv4Route {
  readonly name: string
  readonly base: number
  readonly mask: number
  readonly direct: boolean
}

const GATEWAY = 0x2

/** Columns: interface, destination, gateway, flags, ..., mask as the eighth; numbers in host byte order of the bytes. */
function parseRoutes(text: string): readonly Ipv4Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [name, destination = '', , flags = '', , , , mask = ''] = line.trim().split(/\s+/)
      if (name === undefined || !/^[0-9a-f]{8}$/i.test(destination) || !/^[0-9a-f]{8}$/i.test(mask)) return []
      const direct = (parseInt(flags, 16) & GATEWAY) === 0
      return [{ name, base: swapped(destination), mask: swapped(mask), direct }]
    })
}

/** The kernel prints the four bytes as one little-endian number. */
function swapped(hex: string): number {
  return parseInt((hex.match(/../g) ?? []).reverse().join(''), 16)
}

function localAddresses(fibTrie: string): readonly number[] {
  const found = new Set<number>()
  let last: number | null = null
  for (const line of fibTrie.split('\n')) {
    const leaf = /\|-- (\d+)\.(\d+)\.(\d+)\.(\d+)/.exec(line)
    if (leaf) last = leaf.slice(1).reduce((sum, byte) => sum * 256 + Number(byte), 0)
    else if (last !== null && /\/32 host LOCAL/.test(line)) found.add(last)
  }
  return [...found]
}

/** fib_trie names no interface: the narrowest direct route that has the address does. */
function interfaceOf(address: number, routes: readonly Ipv4Route[]): string | null {
  const fitting = routes.filter(
    ({ base, mask, direct }) => direct && mask !== 0 && (address & mask) >>> 0 === base,
  )
  return fitting.sort((a, b) => b.mask - a.mask)[0]?.name ?? null
}

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.')

const prefixLength = (mask: number): number => mask.toString(2).replaceAll('0', '').length

/** 32 digits as `fd00::2`: a URL's host is written in the canonical way (RFC 5952). */
function ipv6Text(hex: string): string {
  if (!/^[0-9a-f]{32}$/i.test(hex)) return hex
  return new URL(`http://[${(hex.match(/.{4}/g) ?? []).join(':')}]`).hostname.slice(1, -1)
}

const REJECT = 0x200

/** Columns: destination, its length, ..., flags as the ninth, interface last. */
function parseIpv6Routes(text: string): readonly { readonly name: string; readonly target: string }[] {
  return text.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/)
    const [destination = '', length = '', , , , , , , flags = '', name] = columns
    if (name === undefined || name === 'lo' || isLocalScope(destination)) return []
    if ((parseInt(flags, 16) & REJECT) !== 0) return []
    return [{ name, target: `${ipv6Text(destination)}/${parseInt(length, 16)}` }]
  })
}
