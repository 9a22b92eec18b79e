/** JSON columns: what Berth itself wrote into a row, read back. */

/** The row was written by this program and its shape is the column's; a text that is no JSON throws SyntaxError. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T
}

/** Rows in pieces, so that a statement stays below the engines' limits on parameters (SQLite 32,766; PostgreSQL 65,535). */
export function* chunks<T>(rows: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size)
}
