/**
 * What would have to change so that one VM could go to one host. Physical functions may have to lose their virtual functions;
 * that takes devices away as well as it frees one, so each choice of these is made first, and the rest found within it.
 */
import type { Change, Remedy } from '../../src/model/remedy.ts'
import { cheapest } from './cheapest.ts'
import { type Choice, further, NO_CHOICE } from './choice.ts'
import { inTheWay } from './in-the-way.ts'
import { type Budget, type Oracle, oracleFor } from './oracle.ts'
import type { Situation } from './situation.ts'
import { fewerSteps, type Step, stepsOf } from './steps.ts'
import { survey } from './survey.ts'
import { readsLoad } from './twins.ts'
import { whatIsThere } from './wanted.ts'

/** Choices that are tried for one host. */
const MOST_CHOICES = 32

/** Null = nothing that Berth knows of would help; `unknown` = the budget ended before anything was found. */
export type Answer = Remedy | null | 'unknown'

/** The VM asks for fewer devices only where nothing else does. */
export function remedyFor(situation: Situation, budget: Budget): Answer {
  const there = whatIsThere(situation)
  if (there === 'nothing') return null
  const oracle = oracleFor(situation, budget)
  const fewer = fewerSteps(situation)
  const best =
    (there === 'enough' ? search(oracle, [], budget) : null) ??
    (fewer.length === 0 ? null : search(oracle, fewer, budget))
  if (best === null || best === 'unknown') return best
  return { ...best, changes: inTheWay(oracle, best.changes) }
}

/** `last` = steps beside those that the host asks for. */
function search(oracle: Oracle, last: readonly Step[], budget: Budget): Answer {
  const queue: Choice[] = [NO_CHOICE]
  const seen = new Set<string>([''])
  let best: Remedy | null = null
  for (let tried = 0; queue.length > 0; tried++) {
    const choice = queue.shift()
    if (choice === undefined || (best !== null && choice.cost >= best.cost)) break
    if (tried === MOST_CHOICES || (tried > 0 && budget.left < 0))
      return best === null ? 'unknown' : { ...best, exact: false }
    const { more, remedy } = within(oracle, choice, last, best, budget)
    best = better(best, remedy)
    for (const next of more) {
      const key = next.pfs.join()
      if (!seen.has(key)) queue.push(next)
      seen.add(key)
    }
    queue.sort(
      (a, b) => a.cost - b.cost || a.pfs.length - b.pfs.length || compareText(a.pfs.join(), b.pfs.join()),
    )
  }
  return best
}

/** The cheaper one, the first of equal ones; what either left open is open. */
function better(a: Remedy | null, b: Remedy | null): Remedy | null {
  if (a === null || b === null) return a ?? b
  return { ...(b.cost < a.cost ? b : a), exact: a.exact && b.exact }
}

function within(
  oracle: Oracle,
  choice: Choice,
  last: readonly Step[],
  best: Remedy | null,
  budget: Budget,
): { readonly more: readonly Choice[]; readonly remedy: Remedy | null } {
  const { situation } = oracle
  const { given } = choice
  const { steps, withVfs, hopeless } = survey(situation, given, oracle.spend)
  if (hopeless) return { more: [], remedy: null }
  const more = further(situation, choice, withVfs)
  const all = [...stepsOf(situation, given, steps), ...last]
  const limit = best === null ? Infinity : best.cost - choice.cost
  const found = cheapest(oracle, given, all, limit, budget)
  if (found === null) return { more, remedy: null }
  const changes: Change[] = [...given, ...found.steps.map(({ change }) => change)]
  const exact = found.exact && !readsLoad(situation.vm)
  return { more, remedy: { changes, cost: choice.cost + found.cost, exact } }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
