/** How many VMs each host would get. */
import { Link } from 'react-router'
import type { TemplateFit } from '../api/documents.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { SimulatedLabel } from '../parts/host-state.tsx'
import { hostPath } from '../parts/paths.ts'
import { useSimulated } from '../vms/host-link.tsx'

type HostFit = TemplateFit['hosts'][number]

export function FitHosts({ hosts }: { readonly hosts: readonly HostFit[] }) {
  const simulated = useSimulated()
  const most = Math.max(...hosts.map(({ count }) => count))
  const columns: readonly Column<HostFit>[] = [
    {
      id: 'host',
      name: 'Host',
      sort: ({ hostName }) => hostName,
      cell: ({ hostName }) => (
        <span className="berth-fit-host">
          <Link to={hostPath(hostName)}>{hostName}</Link>
          {simulated.has(hostName) && <SimulatedLabel />}
        </span>
      ),
      width: 30,
    },
    {
      id: 'count',
      name: 'VMs',
      sort: ({ count }) => count,
      cell: ({ count }) => (
        <span className="berth-fit-bar">
          <span className="berth-number">{count.toLocaleString('en')}</span>
          <span className="berth-fit-bar-room" aria-hidden="true">
            <span style={{ width: `${(100 * count) / most}%` }} />
          </span>
        </span>
      ),
    },
  ]
  return (
    <DataTable
      label="VMs by host"
      rows={hosts}
      columns={columns}
      keyOf={({ host }) => String(host)}
      order={MOST_FIRST}
      empty={null}
    />
  )
}

const MOST_FIRST = { by: 'count', direction: 'desc' } as const
