/**
 * The cheapest of these steps with which the allocator says yes. To make a step never takes anything away here, so a set that
 * does contains a smallest part that does (QuickXplain, Junker 2004); what cannot be left out is in every answer; and
 * cheaper sets are asked one by one, cheapest first, as long as the budget lasts. Twins are taken in order only.
 */
import type { Change } from '../../src/model/remedy.ts'
import type { Budget, Oracle } from './oracle.ts'
import type { Step } from './steps.ts'
import { cheapestFirst } from './subsets.ts'

export interface Found {
  readonly steps: readonly Step[]
  readonly cost: number
  /** Nothing cheaper does; false = the budget did not last to rule it out. */
  readonly exact: boolean
}

/** Sets asked one by one, for one host. */
const MOST_ASKED = 1000

/**
 * `steps` cheapest first; `given` is made with each of them. Null = all of them together do not do. What costs `limit` or more is of no
 * interest: it is not made cheaper, and counts as exact where nothing below the limit does.
 */
export function cheapest(
  oracle: Oracle,
  given: readonly Change[],
  steps: readonly Step[],
  limit: number,
  budget: Budget,
): Found | null {
  const fits = (chosen: readonly Step[]): boolean =>
    oracle.fits([...given, ...chosen.map(({ change }) => change)])
  if (!fits(steps)) return null
  const enough = smallestPart(steps, fits)
  // SCHED_REQUIREMENTS may ask for what a change takes away: RUNNING_VMS, say.
  if (!fits(enough)) return { steps, cost: sum(steps), exact: false }
  const needed = enough.filter((one) => isNeeded(one, enough, steps, fits))
  const cost = sum(enough)
  if (needed.length === enough.length || sum(needed) >= limit) return { steps: enough, cost, exact: true }
  const rest = steps.filter((one) => !needed.includes(one))
  let asked = 0
  for (const chosen of cheapestFirst(rest, Math.min(cost, limit) - sum(needed))) {
    if (asked >= MOST_ASKED || budget.left < 0) return { steps: enough, cost, exact: false }
    asked += 1
    const all = [...needed, ...chosen]
    if (fits(all)) return { steps: all, cost: sum(all), exact: true }
  }
  return { steps: enough, cost, exact: true }
}

export function sum(steps: readonly Step[]): number {
  return steps.reduce((total, { cost }) => total + cost, 0)
}

/** No solution lacks it. One that has a twin which this solution lacks could be that twin. */
function isNeeded(
  step: Step,
  solution: readonly Step[],
  steps: readonly Step[],
  fits: (chosen: readonly Step[]) => boolean,
): boolean {
  if (steps.some((one) => one.twin === step.twin && !solution.includes(one))) return false
  return !fits(steps.filter((one) => one !== step))
}

/** A part of `steps`, of which all together do, with which it still does and of which none can be left out; rather the first ones. */
function smallestPart(steps: readonly Step[], fits: (chosen: readonly Step[]) => boolean): readonly Step[] {
  /** What of `from` is needed beside `base`; `isNew` = nobody has asked yet whether `base` alone does. */
  const within = (base: readonly Step[], isNew: boolean, from: readonly Step[]): readonly Step[] => {
    if (isNew && fits(base)) return []
    if (from.length === 1) return from
    const middle = from.length >> 1
    const [first, last] = [from.slice(0, middle), from.slice(middle)]
    const ofLast = within([...base, ...first], true, last)
    const ofFirst = within([...base, ...ofLast], ofLast.length > 0, first)
    return [...ofFirst, ...ofLast]
  }
  return fits([]) ? [] : within([], false, steps)
}
