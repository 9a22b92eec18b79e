/** One row a host: why it cannot take a VM, or that it can; for `explain` and `template check`. */
import type { HostReason } from '../../view/documents.ts'
import type { TableColumn } from '../text/table.ts'

export interface ReasonRow {
  readonly host: number
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

/** Rows by host id. */
export function hostRows(
  reasons: readonly HostReason[],
  fitting: readonly { readonly host: number; readonly hostName: string }[],
): readonly ReasonRow[] {
  const fits = fitting.map((host) => ({ ...host, code: null, message: '' }))
  return [...reasons, ...fits].sort((a, b) => a.host - b.host)
}
