/** An explanation with what would have to change, host by host, and the smallest change of all. */
import type { Change, Remedy } from '../model/remedy.ts'
import type { VmState } from '../model/vm.ts'
import type { Explanation, NeededChange, RemediedReason } from './documents.ts'
import { type ChangeWords, neededChange } from './needed-change.ts'

export interface RemedyFacts {
  /** Null = nothing that Berth knows of would help; hosts that are left out were not worked out. */
  readonly byHost: ReadonlyMap<number, Remedy | null>
  readonly smallest: number | null
  readonly wordsFor: (host: number) => ChangeWords
}

/** A VM on hold is to be released, whatever else: on a host that could take it, that is all. */
export function remedied(explanation: Explanation, facts: RemedyFacts): Explanation {
  const { state, fitting } = explanation
  const told = (host: number, changes: readonly Change[]): readonly NeededChange[] =>
    withRelease(changes, state).map((change) => neededChange(change, facts.wordsFor(host)))
  const reasons = explanation.reasons.map((reason): RemediedReason => {
    const remedy = facts.byHost.get(reason.host)
    if (remedy === undefined) return reason
    return { ...reason, changes: remedy && told(reason.host, remedy.changes) }
  })
  return {
    ...explanation,
    reasons,
    considered: facts.byHost.size,
    smallest: smallestOf(fitting, state, facts, told),
  }
}

function withRelease(changes: readonly Change[], state: VmState): readonly Change[] {
  // A deploy releases it.
  const released = state !== 'HOLD' || changes.some(({ code }) => code === 'send-here')
  return released ? changes : [...changes, { code: 'release-vm' }]
}

function smallestOf(
  fitting: Explanation['fitting'],
  state: VmState,
  { byHost, smallest, wordsFor }: RemedyFacts,
  told: (host: number, changes: readonly Change[]) => readonly NeededChange[],
): Explanation['smallest'] {
  const [first] = fitting
  if (first !== undefined)
    return state === 'HOLD' ? { ...first, changes: told(first.host, []), exact: true } : null
  const remedy = smallest === null ? null : byHost.get(smallest)
  if (smallest === null || remedy == null) return null
  const { changes, exact } = remedy
  return { host: smallest, hostName: wordsFor(smallest).host, changes: told(smallest, changes), exact }
}
