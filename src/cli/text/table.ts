/** Lays out rows under column heads, the way OpenNebula's lists look. */
import { printable } from './printable.ts'
import { columnWidths, type WidthOptions } from './widths.ts'

export interface TableColumn<Row> {
  readonly name: string
  /** Characters at least; longer cells widen the column. */
  readonly width: number
  readonly align?: 'right'
  /** Gives way when the table is wider than the terminal. */
  readonly shrinks?: true
  readonly cell: (row: Row) => string | number | null
}

export interface TableOptions extends WidthOptions {
  /** False = rows alone. */
  readonly header?: boolean
}

function cellText<Row>(column: TableColumn<Row>, row: Row): string {
  const value = column.cell(row)
  return value === null ? '' : printable(String(value))
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(width - 2, 0))}..`.slice(0, width)

/**
 * Header and rows, one space between columns, no blanks at the end of a line, no newline at the end of all.
 * `limit` = the terminal's width, null = none: columns that shrink lose what is too much, never below their own width.
 */
export function tableText<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  limit: number | null,
  options: TableOptions = {},
): string {
  const cells = rows.map((row) => columns.map((column) => cellText(column, row)))
  const widths = columnWidths(columns, cells, limit, options)
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => {
        const width = widths[index] ?? 0
        return columns[index]?.align === 'right'
          ? cut(text, width).padStart(width)
          : cut(text, width).padEnd(width)
      })
      .join(' ')
      .trimEnd()
  const head = options.header === false ? [] : [columns.map((column) => column.name)]
  return [...head, ...cells].map(line).join('\n')
}
