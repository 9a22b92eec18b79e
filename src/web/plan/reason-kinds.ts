/** Reasons of hosts by kind, in a few words each, and within a kind by what exactly they say. Pure. */
import { REASONS } from '../../model/refusal-words.ts'
import type { TemplateFit } from '../api/documents.ts'
import { groupReasons, type ReasonGroup } from '../parts/reason-groups.ts'

export interface ReasonKind {
  readonly code: string
  /** `not enough free PCI devices` */
  readonly words: string
  readonly hosts: number
  readonly groups: readonly ReasonGroup[]
}

/** What keeps most hosts first. */
export function reasonKinds(reasons: TemplateFit['reasons']): readonly ReasonKind[] {
  const kinds = new Map<string, ReasonGroup[]>()
  for (const group of groupReasons(reasons)) kinds.set(group.code, [...(kinds.get(group.code) ?? []), group])
  return [...kinds]
    .map(([code, groups]) => ({
      ...{ code, groups, words: wordsOf(code) },
      hosts: groups.reduce((sum, { hosts }) => sum + hosts.length, 0),
    }))
    .sort((a, b) => b.hosts - a.hosts)
}

/** A code that this page does not know yet is shown as it is. */
function wordsOf(code: string): string {
  return Object.entries(REASONS).find(([known]) => known === code)?.[1] ?? code
}
