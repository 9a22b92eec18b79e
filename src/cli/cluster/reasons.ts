/** One row a host: why it cannot take a VM, or that it can; for `explain` and `template check`. */
import type { NeededChange, RemediedReason } from '../../view/documents.ts'
import type { TableColumn } from '../text/table.ts'

export interface ReasonRow {
  /** Null = the row goes on with the host above. */
  readonly host: number | null
  readonly hostName: string
  /** Null = the host could take it. */
  readonly code: string | null
  readonly message: string
}

export const REASON_COLUMNS: readonly TableColumn<ReasonRow>[] = [
  { name: 'HOST', width: 4, align: 'right', cell: (row) => row.host },
  { name: 'NAME', width: 12, cell: (row) => row.hostName },
  { name: 'REASON', width: 18, cell: (row) => row.code ?? 'fits' },
  { name: 'MESSAGE', width: 7, cell: (row) => row.message },
]

/** Rows by host id; below a reason what would have to change, where that was worked out. */
export function hostRows(
  reasons: readonly RemediedReason[],
  fitting: readonly { readonly host: number; readonly hostName: string }[],
): readonly ReasonRow[] {
  const fits = fitting.map(({ host, hostName }) => ({
    host,
    rows: [{ host, hostName, code: null, message: '' }],
  }))
  const refuses = reasons.map((reason) => ({
    host: reason.host,
    rows: [reason, ...changeRows(reason.changes)],
  }))
  return [...refuses, ...fits].sort((a, b) => a.host - b.host).flatMap(({ rows }) => rows)
}

function changeRows(changes: readonly NeededChange[] | null | undefined): readonly ReasonRow[] {
  if (changes === undefined) return []
  const words =
    changes === null ? ['nothing that Berth knows of would help'] : changes.map(({ message }) => message)
  return words.map((message) => ({ host: null, hostName: '', code: '', message: `- ${message}` }))
}
