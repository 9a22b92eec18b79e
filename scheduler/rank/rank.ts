/** SCHED_RANK: how much does a VM like this host? Higher is better; always a finite number. */
import type { Rank } from '../../src/model/expression.ts'
import { attributeReader, CHANGING_ATTRIBUTES, type HostState } from '../feasible/host-state.ts'
import { toNumber } from '../feasible/requirement.ts'

export type HostRank = (state: HostState) => number

/** A missing attribute, or one that is no number, counts 0; so does a division by zero. */
export function compileRank(rank: Rank): HostRank {
  switch (rank.type) {
    case 'number':
      return () => rank.value
    case 'attribute': {
      const read = attributeReader(rank.name)
      return (state) => {
        const value = read(state)
        return value === undefined ? 0 : (toNumber(value) ?? 0)
      }
    }
    case 'negate': {
      const operand = compileRank(rank.operand)
      return (state) => -operand(state)
    }
    default: {
      const left = compileRank(rank.left)
      const right = compileRank(rank.right)
      const { type } = rank
      return (state) => finite(calculate(type, left(state), right(state)))
    }
  }
}

/** Whether placing VMs can change it. */
export function rankChanges(rank: Rank): boolean {
  switch (rank.type) {
    case 'number':
      return false
    case 'attribute':
      return CHANGING_ATTRIBUTES.has(rank.name)
    case 'negate':
      return rankChanges(rank.operand)
    default:
      return rankChanges(rank.left) || rankChanges(rank.right)
  }
}

function calculate(operator: '+' | '-' | '*' | '/', left: number, right: number): number {
  if (operator === '+') return left + right
  if (operator === '-') return left - right
  if (operator === '*') return left * right
  return right === 0 ? 0 : left / right
}

function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}
