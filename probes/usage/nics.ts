/** Which network interfaces the host uses, through VLANs, bridges and bonds, as evidence of use: reads sysfs and proc. */
import type { UsageReason } from '../../src/model/usage.ts'
import { isOwnMount, lastPart, readDir, readLink, readText, realPath } from '../read.ts'
import type { Evidence } from './evidence.ts'
import { isLocalScope, type NetworkState, networkState } from './network-state.ts'
import { ownAddresses } from './own-addresses.ts'

/** Addresses, routes, bridge and bond membership of each interface that hangs on a device. */
export function nicEvidence(sysfs: string, proc: string): readonly Evidence[] {
  const state = readNetworkState(proc)
  return (readDir(`${sysfs}/class/net`) ?? []).flatMap((name) => {
    const path = realPath(`${sysfs}/class/net/${name}`)
    if (path === null) return []
    return interfaceUses(sysfs, name, state, new Set()).map((use) => ({
      path,
      reason: use.reason,
      detail: use.on === name ? `${name}: ${use.what}` : `${name}, below ${use.on}: ${use.what}`,
    }))
  })
}

function readNetworkState(proc: string): NetworkState {
  const table = (name: string) => readText(`${proc}/net/${name}`) ?? ''
  const state = networkState({
    route: table('route'),
    fibTrie: table('fib_trie'),
    ifInet6: table('if_inet6'),
    ipv6Route: table('ipv6_route'),
  })
  return isOwnMount(proc, '/proc') ? withOwnAddresses(state) : state
}

/** On the running system the addresses' interfaces need not be inferred from routes. */
function withOwnAddresses(state: NetworkState): NetworkState {
  const addresses = new Map([...state.addresses].map(([name, set]) => [name, new Set(set)]))
  for (const [name, list] of ownAddresses()) {
    const own = list.filter((address) => !isLocalScope(address))
    if (own.length > 0) addresses.set(name, new Set([...(addresses.get(name) ?? []), ...own]))
  }
  return { ...state, addresses }
}

interface Use {
  readonly reason: UsageReason
  /** The interface that has the address, route or membership: itself or one above it. */
  readonly on: string
  readonly what: string
}

/** `visited` guards against rings, which the kernel does not make. */
function interfaceUses(
  sysfs: string,
  name: string,
  state: NetworkState,
  visited: Set<string>,
): readonly Use[] {
  if (visited.has(name)) return []
  visited.add(name)
  const dir = `${sysfs}/class/net/${name}`
  const entries = readDir(dir) ?? []
  const uppers = entries.filter((entry) => entry.startsWith('upper_')).map((entry) => entry.slice(6))
  const uses: Use[] = [...membership(dir, entries, name)]
  for (const address of state.addresses.get(name) ?? [])
    uses.push({ reason: 'address', on: name, what: `has address ${address}` })
  for (const route of state.routes.get(name) ?? [])
    uses.push({ reason: 'route', on: name, what: `has the route to ${route}` })
  for (const upper of uppers) {
    if (isGuestTap(`${sysfs}/class/net/${upper}`))
      uses.push({ reason: 'bridge', on: upper, what: 'serves a virtual machine' })
    uses.push(...interfaceUses(sysfs, upper, state, visited))
  }
  return uses
}

/** A master that is no bond switches or routes packets (bridge, Open vSwitch, team, VRF). */
function membership(dir: string, entries: readonly string[], name: string): readonly Use[] {
  const port = entries.includes('brport')
  if (!entries.includes('master') && !port && !entries.includes('bonding_slave')) return []
  const target = readLink(`${dir}/master`) ?? (port ? readLink(`${dir}/brport/bridge`) : null)
  const master = target === null ? 'its master' : lastPart(target)
  const bond = entries.includes('bonding_slave') || readDir(`${dir}/master/bonding`) !== null
  return bond
    ? [{ reason: 'bond', on: name, what: `belongs to bond ${master}` }]
    : [{ reason: 'bridge', on: name, what: `is a port of ${master}` }]
}

/** macvtap: packets go straight to a guest, no address shows. */
function isGuestTap(dir: string): boolean {
  return (readDir(dir) ?? []).some((entry) => entry === 'macvtap' || /^tap\d+$/.test(entry))
}
