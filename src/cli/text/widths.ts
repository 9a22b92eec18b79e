/** How wide each column of a table is. */
import type { TableColumn } from './table.ts'

export interface WidthOptions {
  /** By column name: so wide and no wider, whatever stands in it. */
  readonly sizes?: ReadonlyMap<string, number>
  /** By column name, its share of the terminal's width that is left: nothing is cut; empty = all columns, alike. */
  readonly expand?: ReadonlyMap<string, number>
}

type Columns = readonly Pick<TableColumn<never>, 'name' | 'width' | 'shrinks'>[]

/** In characters. `limit` = the terminal's width, null = there is none. */
export function columnWidths(
  columns: Columns,
  cells: readonly (readonly string[])[],
  limit: number | null,
  { sizes = new Map(), expand }: WidthOptions,
): readonly number[] {
  const widths = columns.map(({ name, width }, index) => {
    const least = Math.max(width, name.length)
    return (
      sizes.get(name) ?? cells.reduce((widest, line) => Math.max(widest, line[index]?.length ?? 0), least)
    )
  })
  if (limit === null) return widths
  const excess = widths.reduce((sum, width) => sum + width + 1, -1) - limit
  if (expand !== undefined) return expanded(columns, widths, -excess, expand)
  return shrunk(columns, widths, excess, sizes)
}

function shrunk(
  columns: Columns,
  widths: readonly number[],
  excess: number,
  sizes: ReadonlyMap<string, number>,
): readonly number[] {
  let left = excess
  return columns.map(({ name, width, shrinks }, index) => {
    const full = widths[index] ?? 0
    if (!shrinks || left <= 0 || sizes.has(name)) return full
    const given = Math.max(full - left, width, name.length)
    left -= full - given
    return given
  })
}

/** What is left over after whole characters goes to the last column that takes part. */
function expanded(
  columns: Columns,
  widths: readonly number[],
  room: number,
  expand: ReadonlyMap<string, number>,
): readonly number[] {
  const shares = columns.map(({ name }) => (expand.size === 0 ? 1 : (expand.get(name) ?? 0)))
  const all = shares.reduce((sum, share) => sum + share, 0)
  if (room <= 0 || all === 0) return widths
  const more = shares.map((share) => Math.floor((room * share) / all))
  const last = shares.findLastIndex((share) => share > 0)
  const rest = room - more.reduce((sum, width) => sum + width, 0)
  return widths.map((width, index) => width + (more[index] ?? 0) + (index === last ? rest : 0))
}
