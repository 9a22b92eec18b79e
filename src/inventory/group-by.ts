/** Rows of one query by the host that they belong to. */

/** Rows keep their order; those without a key are left out. */
export function groupBy<T>(rows: readonly T[], keyOf: (row: T) => number | null): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key === null) continue
    const same = groups.get(key)
    if (same) same.push(row)
    else groups.set(key, [row])
  }
  return groups
}
