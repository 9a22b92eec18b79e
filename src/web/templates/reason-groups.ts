/** Why hosts cannot take it, once for all that are refused for the same reason. Pure. */
import type { TemplateCheck } from '../api/documents.ts'

export type Reason = TemplateCheck['reasons'][number]

/** Hosts that are refused for the same reason, in the same words. */
export interface Group {
  readonly code: string
  readonly message: string
  readonly hosts: readonly Reason[]
}

export function groupsOf(reasons: readonly Reason[]): readonly Group[] {
  const groups = new Map<string, Reason[]>()
  for (const reason of reasons) {
    const key = `${reason.code} ${reason.message}`
    groups.set(key, [...(groups.get(key) ?? []), reason])
  }
  return [...groups.values()]
    .flatMap((hosts) => hosts.slice(0, 1).map(({ code, message }) => ({ code, message, hosts })))
    .sort((a, b) => b.hosts.length - a.hosts.length)
}
