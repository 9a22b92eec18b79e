/** Rank expressions: compiled once for each text, and for hosts kept until a placement changes something. */
import { compileArithmetic } from '../../../scheduler/rank/rank.ts'
import { InvalidInput } from '../../model/errors.ts'
import type { AttributeValue, Rank } from '../../model/expression.ts'
import { parseRank } from '../../template/expression.ts'
import { type HostState, hostAttribute } from './host-state.ts'

export type RankOf<Subject> = (subject: Subject) => number

/** A compiled expression, or what is wrong with its text. */
export interface Ranking<Subject> {
  readonly of: RankOf<Subject>
  readonly problem: string | null
}

export interface Ranks<Subject> {
  /** The ranking of an expression; `` is the default's. One that cannot be read ranks all alike, as OpenNebula has it. */
  ranking(expression: string): Ranking<Subject>
}

interface WithAttributes {
  readonly attributes: ReadonlyMap<string, AttributeValue>
}

/** For datastores and networks. */
export function attributeRanks<Subject extends WithAttributes>(usual: Rank | null): Ranks<Subject> {
  return compiledRanks<Subject>(
    usual,
    (name) =>
      ({ attributes }) =>
        attributes.get(name),
  )
}

/** For hosts; `forget` when a host has changed. */
export function hostRanks(usual: Rank | null): Ranks<HostState> & { forget(state: HostState): void } {
  const columns: number[][] = []
  const ranks = compiledRanks(usual, hostAttribute, (of) => {
    const column: number[] = []
    columns.push(column)
    return (state) => {
      const known = column[state.index] ?? Number.NaN
      if (!Number.isNaN(known)) return known
      const rank = of(state)
      column[state.index] = rank
      return rank
    }
  })
  return {
    ...ranks,
    forget: (state) => {
      for (const column of columns) column[state.index] = Number.NaN
    },
  }
}

function compiledRanks<Subject>(
  usual: Rank | null,
  lookup: (name: string) => (subject: Subject) => AttributeValue | undefined,
  remembered: (of: RankOf<Subject>) => RankOf<Subject> = (of) => of,
): Ranks<Subject> {
  const compile = (rank: Rank | null): RankOf<Subject> =>
    rank === null ? () => 0 : remembered(compileArithmetic(rank, lookup))
  const known = new Map<string, Ranking<Subject>>([['', { of: compile(usual), problem: null }]])
  return {
    ranking(expression) {
      const ranking = known.get(expression) ?? read(expression, compile)
      known.set(expression, ranking)
      return ranking
    },
  }
}

function read<Subject>(
  expression: string,
  compile: (rank: Rank | null) => RankOf<Subject>,
): Ranking<Subject> {
  try {
    return { of: compile(parseRank(expression)), problem: null }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    return { of: () => 0, problem: error.message }
  }
}
