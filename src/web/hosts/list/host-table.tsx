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

const nameColumn = (hasClusters: boolean): Column<FleetHost> => ({
  id: 'name',
  name: 'Host',
  sort: ({ host }) => host.name,
  cell: ({ host }) => <HostName host={host} hasClusters={hasClusters} />,
  className: 'berth-host-column',
})

const COLUMNS: readonly Column<FleetHost>[] = [
  {
    id: 'state',
    name: 'State, last report',
    sort: ({ host }) => host.state,
    cell: ({ host }) => <HostTrouble host={host} />,
    className: 'berth-state-column',
  },
  {
    id: 'cpu',
    name: 'CPU',
    sort: ({ host }) => share(host.usedCpu, host.totalCpu),
    cell: ({ host }) => <CpuMeter used={host.usedCpu} total={host.totalCpu} />,
    className: 'berth-meter-column',
  },
  {
    id: 'memory',
    name: 'Memory',
    sort: ({ host }) => share(host.usedMemoryMiB, host.totalMemoryMiB),
    cell: ({ host }) => <MemoryMeter used={host.usedMemoryMiB} total={host.totalMemoryMiB} />,
    className: 'berth-meter-column',
  },
  {
    id: 'vms',
    name: 'VMs',
    sort: ({ host }) => host.runningVms,
    cell: ({ host }) => host.runningVms,
    className: 'berth-number berth-number-column',
  },
  {
    id: 'free',
    name: 'Free',
    sort: ({ host }) => host.freeDevices,
    cell: ({ host }) => `${host.freeDevices} / ${host.offeredDevices}`,
    className: 'berth-number berth-number-column',
  },
  {
    id: 'types',
    name: 'Free by type',
    sort: ({ types }) => types?.reduce((sum, { free }) => sum + free, 0) ?? null,
    cell: ({ host, types }) => <TypeChips host={host.name} types={types} />,
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
    () => [nameColumn(hasClusters), ...COLUMNS, ...(maySwitch ? [ACTIONS] : [])],
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
