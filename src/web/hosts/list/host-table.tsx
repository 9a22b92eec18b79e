/** Hosts as a list. */
import { useMemo } from 'react'
import { useMay } from '../../app/rights.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import type { FleetHost } from '../fleet.ts'
import { NoneLeft } from '../no-hosts.tsx'
import { HostActions } from './host-actions.tsx'
import { HostName, HostTrouble } from './host-cells.tsx'
import { CpuMeter, MemoryMeter } from './meter.tsx'
import { TypeChips } from './type-chips.tsx'

const share = (used: number, total: number | null) => (total === null ? null : used / Math.max(1, total))

const NAME: Column<FleetHost> = {
  id: 'name',
  name: 'Host',
  sort: ({ host }) => host.name,
  cell: ({ host }) => <HostName host={host} />,
  width: 15,
}

const CLUSTER: Column<FleetHost> = {
  id: 'cluster',
  name: 'Cluster',
  sort: ({ host }) => host.cluster,
  cell: ({ host }) => host.cluster,
  className: 'berth-breakable',
}

const COLUMNS: readonly Column<FleetHost>[] = [
  {
    id: 'state',
    name: 'State, last report',
    sort: ({ host }) => host.state,
    cell: ({ host }) => <HostTrouble host={host} />,
    width: 20,
  },
  {
    id: 'cpu',
    name: 'CPU',
    sort: ({ host }) => share(host.usedCpu, host.totalCpu),
    cell: ({ host }) => <CpuMeter used={host.usedCpu} total={host.totalCpu} />,
  },
  {
    id: 'memory',
    name: 'Memory',
    sort: ({ host }) => share(host.usedMemoryMiB, host.totalMemoryMiB),
    cell: ({ host }) => <MemoryMeter used={host.usedMemoryMiB} total={host.totalMemoryMiB} />,
  },
  {
    id: 'vms',
    name: 'VMs',
    sort: ({ host }) => host.runningVms,
    cell: ({ host }) => host.runningVms,
    className: 'berth-number berth-right',
  },
  {
    id: 'free',
    name: 'Free',
    sort: ({ host }) => host.freeDevices,
    cell: ({ host }) => `${host.freeDevices} / ${host.offeredDevices}`,
    className: 'berth-number berth-right',
  },
  {
    id: 'types',
    name: 'Free by type',
    sort: ({ types }) => types?.reduce((sum, { free }) => sum + free, 0) ?? null,
    cell: ({ host, types }) => <TypeChips host={host.name} types={types} />,
    width: 40,
  },
]

const ACTIONS: Column<FleetHost> = {
  id: 'actions',
  name: 'Actions',
  head: <span className="pf-v6-screen-reader">Actions</span>,
  cell: ({ host }) => <HostActions host={host} />,
  className: 'berth-actions',
}

export function HostTable({ fleet }: { readonly fleet: readonly FleetHost[] }) {
  const maySwitch = useMay('operator')
  const hasClusters = fleet.some(({ host }) => host.cluster !== fleet[0]?.host.cluster)
  const columns = useMemo(
    () => [NAME, ...(hasClusters ? [CLUSTER] : []), ...COLUMNS, ...(maySwitch ? [ACTIONS] : [])],
    [maySwitch, hasClusters],
  )
  return (
    <DataTable
      label="Hosts"
      rows={fleet}
      columns={columns}
      keyOf={({ host }) => String(host.id)}
      order={BY_NAME}
      empty={<NoneLeft />}
    />
  )
}

const BY_NAME = { by: 'name', direction: 'asc' } as const
