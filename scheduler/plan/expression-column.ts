/** Columns of SCHED_REQUIREMENTS (1 = met) and SCHED_RANK: one for each distinct expression of a plan. */
import type { AttributeValue, Rank, Requirement } from '../../src/model/expression.ts'
import { attributeReader, CHANGING_ATTRIBUTES } from '../feasible/host-state.ts'
import { compileTest, requirementChanges } from '../feasible/requirement.ts'
import { compileRank, rankChanges } from '../rank/rank.ts'
import type { Cluster } from './cluster.ts'
import { stateAt } from './cluster-index.ts'
import { buildTree, type Column } from './max-tree.ts'

/** 1 where the host meets it, 0 where not. */
export function requirementColumn(cluster: Cluster, key: string, requirement: Requirement): Column {
  const changing = requirementChanges(requirement)
  return expressionColumn(cluster, cluster.requirements, key, changing, () => {
    const meets = compileTest(requirement, (name) => attributeByLeaf(cluster, name))
    return (leaf) => (meets(leaf) ? 1 : 0)
  })
}

export function rankColumn(cluster: Cluster, key: string, rank: Rank): Column {
  return expressionColumn(cluster, cluster.ranks, key, rankChanges(rank), () => {
    const rankOf = compileRank(rank)
    return (leaf) => rankOf(stateAt(cluster.states, leaf))
  })
}

/** An attribute that placing does not change is read once from every host: most expressions ask for the same few. */
function attributeByLeaf(cluster: Cluster, name: string): (leaf: number) => AttributeValue | undefined {
  const read = attributeReader(name)
  if (CHANGING_ATTRIBUTES.has(name)) return (leaf) => read(stateAt(cluster.states, leaf))
  const values = cluster.attributes.get(name) ?? cluster.states.map(read)
  cluster.attributes.set(name, values)
  return (leaf) => values[leaf]
}

function expressionColumn(
  cluster: Cluster,
  columns: Map<string, Column>,
  key: string,
  changing: boolean,
  compile: () => (leaf: number) => number,
): Column {
  const known = columns.get(key)
  if (known !== undefined) return known
  const measure = compile()
  const column = { tree: buildTree(cluster.states.length, measure), measure, changing }
  columns.set(key, column)
  return column
}
