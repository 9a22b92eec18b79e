/** Refusals that were read, kept for VMs that ask alike: from one moment of a plan to another only some hosts change. */
import type { Refusal } from '../../src/model/refusal.ts'
import { oneForEqual } from '../feasible/judge.ts'

/** By leaf, as the cluster stood after `version` placements. */
export interface Told {
  version: number
  readonly refusals: Refusal[]
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

/**
 * The refusals of all hosts after `version` placements; `ask` is called for hosts that are new to the question, or
 * changed (`placedOn`: the leaf of each placement) since it was read last.
 */
export function retell(
  { byQuestion, same }: ToldRefusals,
  key: string,
  version: number,
  placedOn: readonly number[],
  ask: (leaf: number) => Refusal,
  leaves: number,
): readonly Refusal[] {
  const told = byQuestion.get(key)
  if (told === undefined) {
    const refusals = Array.from({ length: leaves }, (_, leaf) => same(ask(leaf)))
    remember(byQuestion, key, { version, refusals })
    return refusals
  }
  const from = Math.min(told.version, version)
  const to = Math.max(told.version, version)
  for (const leaf of new Set(placedOn.slice(from, to))) told.refusals[leaf] = same(ask(leaf))
  told.version = version
  remember(byQuestion, key, told)
  return told.refusals
}

function remember(byQuestion: Map<string, Told>, key: string, told: Told): void {
  byQuestion.delete(key)
  byQuestion.set(key, told)
  for (const oldest of byQuestion.keys()) {
    if (byQuestion.size <= MOST_QUESTIONS) return
    byQuestion.delete(oldest)
  }
}
