/** Domains with Berth's mark that this database does not know: they keep their devices. */
import type { HostView } from '../../api/documents.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { Part } from './part.tsx'

type Orphan = HostView['orphans'][number]

export function Orphans({ host: { orphans } }: { readonly host: HostView }) {
  if (orphans.length === 0) return null
  return (
    <Part title="Orphans" isWide>
      <p>
        Berth domains that this database does not know: left by a restored database, or by a fence too early.
        They keep their devices, and Berth never ends them. Look at each on the host, and{' '}
        <code className="berth-code">virsh shutdown</code> it there if nobody needs it.
      </p>
      <DataTable label="Orphans" rows={orphans} columns={COLUMNS} keyOf={({ uuid }) => uuid} empty={null} />
    </Part>
  )
}

const COLUMNS: readonly Column<Orphan>[] = [
  { id: 'domain', name: 'Domain', className: 'berth-code', cell: ({ name }) => name },
  { id: 'vm', name: 'VM', className: 'berth-number', cell: ({ vm }) => vm },
  { id: 'epoch', name: 'Epoch', className: 'berth-number', cell: ({ epoch }) => epoch },
  { id: 'uuid', name: 'UUID', className: 'berth-code', cell: ({ uuid }) => uuid },
  { id: 'database', name: 'Database', className: 'berth-code', cell: ({ database }) => database ?? 'this' },
]
