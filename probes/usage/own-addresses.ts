/** Addresses of this system's interfaces, those that are down included: proc's tables have only what is up. */
import { spawnSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'

interface IpInterface {
  readonly ifname: string
  readonly addr_info: readonly { readonly local: string }[]
}

/** By interface. iproute2 tells all (ip-address(8)); without it, what the C library tells: interfaces that are up. */
export function ownAddresses(): ReadonlyMap<string, readonly string[]> {
  const { status, stdout } = spawnSync('ip', ['-json', 'address', 'show'], {
    encoding: 'utf8',
    timeout: 5000,
  })
  const told = status === 0 ? fromIp(stdout) : null
  return (
    told ??
    new Map(
      Object.entries(networkInterfaces()).map(([name, list]) => [
        name,
        (list ?? []).map(({ address }) => address),
      ]),
    )
  )
}

/** Null where it is not the document that iproute2 prints: busybox' `ip` knows no `-json`. */
export function fromIp(text: string): ReadonlyMap<string, readonly string[]> | null {
  const document = parsed(text)
  if (!Array.isArray(document) || !document.every(isInterface)) return null
  return new Map(document.map(({ ifname, addr_info }) => [ifname, addr_info.map(({ local }) => local)]))
}

function isInterface(value: unknown): value is IpInterface {
  if (typeof value !== 'object' || value === null || !('ifname' in value) || !('addr_info' in value))
    return false
  return (
    typeof value.ifname === 'string' &&
    Array.isArray(value.addr_info) &&
    value.addr_info.every(
      (one: unknown) =>
        typeof one === 'object' && one !== null && 'local' in one && typeof one.local === 'string',
    )
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
