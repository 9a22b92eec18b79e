/** Whether a host can pass devices, check by check: what was seen, and what to do. */
import { Label } from '@patternfly/react-core'
import type { HostView } from '../../api/documents.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Part } from './part.tsx'

type Check = NonNullable<HostView['readiness']['checks']>[number]

export function Readiness({ host: { readiness, reportedAt } }: { readonly host: HostView }) {
  const { passthrough, checks } = readiness
  return (
    <Part
      title="Readiness"
      isWide
      beside={
        reportedAt !== null && (
          <Label isCompact variant="outline" color={passthrough ? 'green' : 'red'}>
            {passthrough ? 'ready' : 'not ready'}
          </Label>
        )
      }
    >
      {checks === null ? (
        <p className="berth-subtle">Its last report told nothing of it.</p>
      ) : (
        <DataTable
          label="Readiness checks"
          rows={inOrder(checks)}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          empty={<p className="berth-subtle">Nothing was checked.</p>}
        />
      )}
    </Part>
  )
}

const STATUS = {
  missing: 'red',
  warning: 'orange',
  unknown: 'grey',
  ok: 'green',
} as const satisfies Record<Check['status'], string>

const ORDER: readonly Check['status'][] = ['missing', 'warning', 'unknown', 'ok']

/** What is to be done comes first, what must be before what may. */
const inOrder = (checks: readonly Check[]): readonly Check[] =>
  checks.toSorted(
    (a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || Number(b.required) - Number(a.required),
  )

const COLUMNS: readonly Column<Check>[] = [
  { id: 'check', name: 'Check', className: 'berth-code berth-check', cell: ({ id }) => id },
  {
    id: 'status',
    name: 'Status',
    cell: ({ status }) => (
      <Label isCompact color={STATUS[status]}>
        {status}
      </Label>
    ),
  },
  { id: 'required', name: 'Required', cell: ({ required }) => (required ? 'yes' : 'no') },
  { id: 'evidence', name: 'Evidence', className: 'berth-evidence', cell: ({ evidence }) => evidence },
  { id: 'remedy', name: 'What to do', className: 'berth-evidence', cell: ({ remedy }) => remedy },
]
