/** SCHED_RANK: how much does a VM like this host? Higher is better; always a finite number. */
import type { Rank } from '../../src/model/expression.ts'
import { attributeReader, CHANGING_ATTRIBUTES, type HostState } from '../feasible/host-state.ts'
import { type Lookup, toNumber } from '../feasible/requirement.ts'

export type HostRank = (state: HostState) => number

export function compileRank(rank: Rank): HostRank {
  return compileArithmetic(rank, attributeReader)
}

/** A missing attribute, or one that is no number, counts 0; so does a division by zero. */
export function compileArithmetic<Subject>(
  rank: Rank,
  lookup: Lookup<Subject>,
): (subject: Subject) => number {
  switch (rank.type) {
    case 'number':
      return () => rank.value
    case 'attribute': {
      const read = lookup(rank.name)
      return (subject) => {
        const value = read(subject)
        return value === undefined ? 0 : (toNumber(value) ?? 0)
      }
    }
    case 'negate': {
      const operand = compileArithmetic(rank.operand, lookup)
      return (subject) => -operand(subject)
    }
    default: {
      const left = compileArithmetic(rank.left, lookup)
      const right = compileArithmetic(rank.right, lookup)
      const { type } = rank
      return (subject) => finite(calculate(type, left(subject), right(subject)))
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
