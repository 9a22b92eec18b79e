/** The groups drawn over the rows of the tree: an outline around rows that follow each other and are of one group. Pure. */
import type { TreeRow } from './rows.ts'
import type { PciNode, TreeDevice } from './tree.ts'

export type Grouped = TreeDevice & { readonly iommuGroup: number | null }

/** A row's part of an outline. */
export interface Band {
  readonly group: number
  readonly isFirst: boolean
  readonly isLast: boolean
  /** Of the row that stands the furthest left in this outline. */
  readonly level: number
  /** The group has another outline further up: something of another group stands between. */
  readonly again: boolean
}

/** One for each row; null = it is in no group, or stands for several. */
export function bandsOf<D extends Grouped>(rows: readonly TreeRow<D>[]): readonly (Band | null)[] {
  const groups = rows.map(({ node }) => groupOf(node))
  const seen = new Set<number>()
  const bands: (Band | null)[] = []
  for (let start = 0; start < rows.length; ) {
    const group = groups[start] ?? null
    let end = start + 1
    while (group !== null && groups[end] === group) end += 1
    const run = rows.slice(start, end)
    const level = Math.min(...run.map((row) => row.level))
    for (const index of run.keys()) {
      const ends = { isFirst: index === 0, isLast: index === run.length - 1 }
      bands.push(group === null ? null : { group, ...ends, level, again: seen.has(group) })
    }
    if (group !== null) seen.add(group)
    start = end
  }
  return bands
}

/** VFs that are all of one group stand for it together. */
function groupOf<D extends Grouped>({ kind, device, children }: PciNode<D>): number | null {
  if (kind !== 'vfs') return device?.iommuGroup ?? null
  const [first, ...others] = new Set(children.map((vf) => vf.device?.iommuGroup ?? null))
  return others.length === 0 ? (first ?? null) : null
}
