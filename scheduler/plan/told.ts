/** Refusals that were read, kept for VMs that ask alike: from one moment of a plan to another only some hosts change. */
import type { Refusal } from '../../src/model/refusal.ts'
import { oneForEqual } from '../feasible/judge.ts'

/** By leaf, as the cluster stood after `version` placements. */
interface Told {
  version: number
  readonly refusals: Refusal[]
  readonly forget: () => void
}

export interface Telling {
  /** Equal keys: the same answer from the same host. */
  readonly key: string
  /** Placements before it. */
  readonly version: number
  /** The leaf of each placement of the plan. */
  readonly changedOn: readonly number[]
  readonly leaves: number
  readonly ask: (leaf: number) => Refusal
  /** Called when the question is no longer remembered. */
  readonly forget: () => void
}

export interface ToldRefusals {
  /** Of the questions read last, oldest first: each costs an entry for every host. */
  readonly byQuestion: Map<string, Told>
  /** Equal refusals become one, so that they can be told apart without looking into them. */
  readonly same: (refusal: Refusal) => Refusal
}

/** Questions remembered at once. */
const MOST_QUESTIONS = 64

export function emptyTold(): ToldRefusals {
  return { byQuestion: new Map(), same: oneForEqual() }
}

/** The refusals of all hosts at one moment, by leaf; asked are hosts that changed since the question was told last, or all. */
export function retell({ byQuestion, same }: ToldRefusals, telling: Telling): readonly Refusal[] {
  const { key, version, changedOn, leaves, ask, forget } = telling
  const told = byQuestion.get(key)
  if (told === undefined) {
    const refusals = Array.from({ length: leaves }, (_, leaf) => same(ask(leaf)))
    remember(byQuestion, key, { version, refusals, forget })
    return refusals
  }
  const changed = changedOn.slice(Math.min(told.version, version), Math.max(told.version, version))
  for (const leaf of new Set(changed)) told.refusals[leaf] = same(ask(leaf))
  told.version = version
  remember(byQuestion, key, told)
  return told.refusals
}

/** As the last one; the oldest are forgotten. */
function remember(byQuestion: Map<string, Told>, key: string, told: Told): void {
  byQuestion.delete(key)
  byQuestion.set(key, told)
  for (const [oldest, { forget }] of byQuestion) {
    if (byQuestion.size <= MOST_QUESTIONS) return
    byQuestion.delete(oldest)
    forget()
  }
}
