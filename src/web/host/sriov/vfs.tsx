/** The virtual functions of a PF, by index. */
import { useMemo } from 'react'
import { Link } from 'react-router'
import type { PfView, VfView } from '../../api/documents.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { hostPath } from '../../parts/paths.ts'
import { DeviceAt } from '../device-at.tsx'

export function Vfs({ host, pf }: { readonly host: string; readonly pf: PfView }) {
  const columns = useMemo(() => vfColumns(host), [host])
  return (
    <DataTable
      label={`Virtual functions of ${pf.address}`}
      rows={pf.vfs}
      columns={columns}
      keyOf={({ address }) => address}
      rowClass={() => 'berth-vf'}
      empty={null}
    />
  )
}

function vfColumns(host: string): readonly Column<VfView>[] {
  return [
    { id: 'index', name: 'Index', width: 10, className: 'berth-number', cell: ({ index }) => index },
    {
      id: 'address',
      name: 'Address',
      width: 15,
      cell: ({ address }) => <DeviceAt host={host} address={address} />,
    },
    { id: 'driver', name: 'Driver', width: 15, className: 'berth-code', cell: ({ driver }) => driver },
    {
      id: 'group',
      name: 'Group',
      width: 10,
      className: 'berth-number',
      cell: ({ iommuGroup }) =>
        iommuGroup === null ? (
          'none'
        ) : (
          <Link
            to={`${hostPath(host, 'groups')}?group=${iommuGroup}`}
            aria-label={`IOMMU group ${iommuGroup}`}
          >
            {iommuGroup}
          </Link>
        ),
    },
    {
      id: 'vm',
      name: 'VM',
      width: 10,
      className: 'berth-number',
      cell: ({ vm }) =>
        vm === null ? null : (
          <Link to={`/vms/${vm}`} aria-label={`VM ${vm}`}>
            {vm}
          </Link>
        ),
    },
    { id: 'state', name: 'State, and why', cell: stateCell },
  ]
}

function stateCell({ state, why, offered }: VfView) {
  return (
    <span>
      <DeviceStateLabel state={state} />
      {why !== null && <span className="berth-why">{why}</span>}
      {!offered && why === null && <span className="berth-why">not offered</span>}
    </span>
  )
}
