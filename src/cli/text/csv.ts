/** Tables as CSV (RFC 4180), for spreadsheets and scripts. */
import { printable } from './printable.ts'
import type { TableColumn } from './table.ts'

function quoted(text: string, delimiter: string): string {
  const plain = !text.includes(delimiter) && !text.includes('"') && text === text.trim()
  return plain ? text : `"${text.replaceAll('"', '""')}"`
}

/** One line a row; a cell that holds the delimiter, a quote or blanks at an end is quoted. No newline at the end of all. */
export function csvText<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  delimiter: string,
  header: boolean,
): string {
  const line = (cells: readonly (string | number | null)[]): string =>
    cells.map((cell) => quoted(printable(String(cell ?? '')), delimiter)).join(delimiter)
  const lines = rows.map((row) => line(columns.map((column) => column.cell(row))))
  return [...(header ? [line(columns.map(({ name }) => name))] : []), ...lines].join('\n')
}
