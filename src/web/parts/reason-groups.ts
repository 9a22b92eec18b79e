/** Hosts that refuse a VM for the same reason, with the same changes that would help, as one row. Pure. */
import type { Explanation, NeededChange } from '../api/documents.ts'

type Reason = Explanation['reasons'][number]

export interface ReasonGroup {
  readonly key: string
  readonly code: string
  readonly message: string
  /** Null = nothing that Berth knows of would help; absent = not worked out. */
  readonly changes?: readonly NeededChange[] | null
  /** By id. */
  readonly hosts: readonly { readonly id: number; readonly name: string }[]
}

/** The reason that keeps most hosts first. */
export function groupReasons(reasons: readonly Reason[]): readonly ReasonGroup[] {
  const groups = new Map<string, { reason: Reason; hosts: { id: number; name: string }[] }>()
  for (const reason of reasons) {
    const { code, message, changes, host, hostName } = reason
    const key = JSON.stringify([code, message, changes?.map((change) => change.message) ?? changes ?? 0])
    const group = groups.get(key) ?? { reason, hosts: [] }
    group.hosts.push({ id: host, name: hostName })
    groups.set(key, group)
  }
  return [...groups]
    .map(
      ([
        key,
        {
          reason: { code, message, changes },
          hosts,
        },
      ]) => ({
        ...{ key, code, message, hosts },
        ...(changes !== undefined && { changes }),
      }),
    )
    .sort((a, b) => b.hosts.length - a.hosts.length)
}

/** All words somewhere in its reason, its changes or a host's name; of the hosts only those that are meant. */
export function searchReasons(groups: readonly ReasonGroup[], text: string): readonly ReasonGroup[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return groups
  return groups.flatMap((group) => {
    const changes = group.changes?.map(({ message }) => message) ?? []
    const said = [group.code, group.message, ...changes].join(' ').toLowerCase()
    const hosts = group.hosts.filter(({ name }) => {
      const all = `${said} ${name.toLowerCase()}`
      return words.every((word) => all.includes(word))
    })
    return hosts.length === 0 ? [] : [{ ...group, hosts }]
  })
}
