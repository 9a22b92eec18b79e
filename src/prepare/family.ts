/** Which family of distributions a host belongs to, from its os-release (os-release(5)): pure. */

export type Family = 'debian' | 'rhel' | 'unknown'

export interface System {
  readonly family: Family
  /** PRETTY_NAME, for people. */
  readonly name: string
}

const FAMILIES: Readonly<Record<string, Family>> = {
  debian: 'debian',
  ubuntu: 'debian',
  rhel: 'rhel',
  fedora: 'rhel',
  centos: 'rhel',
}

/** By ID, else by the first of ID_LIKE that is known; null = there is no os-release. */
export function systemOf(osRelease: string | null): System {
  const fields = new Map(
    (osRelease ?? '').split('\n').flatMap((line) => {
      const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? []
      return key === undefined || value === undefined ? [] : [[key, unquoted(value)] as const]
    }),
  )
  const ids = [fields.get('ID') ?? '', ...(fields.get('ID_LIKE') ?? '').split(/\s+/)]
  const known = ids.find((id) => Object.hasOwn(FAMILIES, id))
  const family = known === undefined ? 'unknown' : (FAMILIES[known] ?? 'unknown')
  return { family, name: fields.get('PRETTY_NAME') ?? fields.get('ID') ?? 'a system without os-release' }
}

function unquoted(value: string): string {
  const [, , inner] = /^(["'])(.*)\1$/.exec(value) ?? []
  return inner ?? value
}
