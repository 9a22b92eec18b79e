/** A VM's life since it was last to be placed: the states that it went through, the one it is in, and those ahead. Pure. */
import { VM_STATES } from '../../model/vm.ts'
import type { VmState, VmView } from '../api/documents.ts'

export interface LifeStep {
  readonly state: VmState
  readonly when: 'past' | 'now' | 'ahead'
  /** ISO 8601; null = not yet, or its history does not say. */
  readonly at: string | null
}

const AHEAD: Readonly<Record<VmState, readonly VmState[]>> = {
  HOLD: ['PENDING', 'BOOT', 'RUNNING'],
  PENDING: ['BOOT', 'RUNNING'],
  BOOT: ['RUNNING'],
  RUNNING: [],
  UNKNOWN: [],
  SHUTDOWN: ['POWEROFF'],
  POWEROFF: [],
  BOOT_FAILURE: [],
  DONE: [],
}

type Seen = Pick<VmView, 'state' | 'history'>

export function lifeOf({ state, history }: Seen): readonly LifeStep[] {
  const reached = statesOf(history)
  const last = reached.at(-1)
  if (last?.state !== state) reached.push({ state, at: null })
  const steps = reached.slice(beginning(reached))
  const past = steps.slice(0, -1).map((step) => ({ ...step, when: 'past' as const }))
  const now = steps.slice(-1).map((step) => ({ ...step, when: 'now' as const }))
  return [...past, ...now, ...ahead(state, history)]
}

/** Where a VM that ends is to end stands in its history. */
function ahead(state: VmState, history: Seen['history']): readonly LifeStep[] {
  const isEnding = state === 'SHUTDOWN' && history.some(({ what }) => /\bDONE\b/.test(what))
  const states: readonly VmState[] = isEnding ? ['DONE'] : AHEAD[state]
  return states.map((one) => ({ state: one, when: 'ahead', at: null }))
}

/** Lines of the history begin with the state that they led to; each change of state once. */
function statesOf(history: Seen['history']): { state: VmState; at: string | null }[] {
  const reached: { state: VmState; at: string | null }[] = []
  for (const { at, what } of history) {
    const word = /^(?:created, )?([A-Z_]+)\b(?! as soon as| after its release)/.exec(what)?.[1]
    const state = VM_STATES.find((one) => one === word)
    if (state !== undefined && reached.at(-1)?.state !== state) reached.push({ state, at })
  }
  return reached
}

/** The last time that it began to wait; a hold before that belongs to it. */
function beginning(reached: readonly { readonly state: VmState }[]): number {
  const last = reached.findLastIndex(({ state }) => state === 'PENDING' || state === 'HOLD')
  if (last < 1) return Math.max(0, last)
  return reached[last]?.state === 'PENDING' && reached[last - 1]?.state === 'HOLD' ? last - 1 : last
}

/** The scheduler looks for a host, or would once it is released. */
export const isWaiting = (state: VmState): boolean => state === 'PENDING' || state === 'HOLD'
