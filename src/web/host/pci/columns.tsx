/** The columns of PCI DEVICES: those of `berth host show`, and why a device is not free. */
import { Button, Label } from '@patternfly/react-core'
import AngleDown from '@patternfly/react-icons/dist/esm/icons/angle-down-icon'
import AngleRight from '@patternfly/react-icons/dist/esm/icons/angle-right-icon'
import { Link } from 'react-router'
import type { DeviceView } from '../../api/documents.ts'
import { counted } from '../../parts/amounts.ts'
import type { Column } from '../../parts/data-table.tsx'
import { deviceName, deviceType } from '../../parts/device-name.ts'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { DeviceLink } from './device-link.tsx'
import type { DeviceTree } from './open-pfs.ts'

export function pciColumns(tree: DeviceTree): readonly Column<DeviceView>[] {
  return [
    { id: 'vm', name: 'VM', className: 'berth-number', sort: ({ vm }) => vm, cell: ({ vm }) => vmLink(vm) },
    {
      id: 'address',
      name: 'Address',
      sort: ({ address }) => address,
      cell: (device) => <AddressCell device={device} tree={tree} />,
    },
    { id: 'type', name: 'Type', className: 'berth-code', sort: deviceType, cell: deviceType },
    { id: 'name', name: 'Name', className: 'berth-name', sort: deviceName, cell: deviceName },
    {
      id: 'numa',
      name: 'NUMA',
      className: 'berth-number',
      sort: ({ numaNode }) => numaNode,
      cell: ({ numaNode }) => numaNode,
    },
    {
      id: 'group',
      name: 'Group',
      className: 'berth-number',
      sort: ({ iommuGroup }) => iommuGroup,
      cell: ({ iommuGroup }) => iommuGroup,
    },
    {
      id: 'driver',
      name: 'Driver',
      className: 'berth-code',
      sort: ({ driver }) => driver,
      cell: ({ driver }) => driver,
    },
    { id: 'kind', name: 'Kind', className: 'berth-kind', sort: ({ kind }) => kind, cell: kindCell },
    {
      id: 'state',
      name: 'State, and why',
      className: 'berth-state',
      sort: ({ state }) => state,
      cell: stateCell,
    },
  ]
}

const vmLink = (vm: number | null) =>
  vm === null ? null : (
    <Link to={`/vms/${vm}`} aria-label={`VM ${vm}`}>
      {vm}
    </Link>
  )

function AddressCell({ device: { address, parent }, tree }: { device: DeviceView; tree: DeviceTree }) {
  const count = tree.counts.get(address)
  const open = tree.isOpen(address)
  const isBelow = parent !== null && tree.counts.has(parent)
  return (
    <span className={isBelow ? 'berth-branch berth-below' : 'berth-branch'}>
      {count !== undefined && (
        <Button
          variant="plain"
          size="sm"
          className="berth-fold"
          icon={open ? <AngleDown /> : <AngleRight />}
          aria-expanded={open}
          aria-label={`${count} virtual functions of ${address}`}
          onClick={() => tree.toggle(address)}
        />
      )}
      <DeviceLink address={address} />
    </span>
  )
}

function kindCell({ kind, numVfs, totalVfs, wantedVfs }: DeviceView) {
  if (kind === 'plain') return <span className="berth-subtle">plain</span>
  if (kind === 'vf') return 'VF'
  const wanted = wantedVfs === null || wantedVfs === numVfs ? '' : `, ${wantedVfs} wanted`
  return `PF, ${numVfs} of ${totalVfs}${wanted}`
}

/** What else is to be known stands beside: a drain does not show in the state of a device that a VM has. */
function stateCell({ state, why, health, reserved, diagnosis }: DeviceView) {
  const warnings = diagnosis.filter(({ level }) => level === 'warning').length
  return (
    <>
      <span className="berth-labels">
        <DeviceStateLabel state={state} />
        {health !== 'ok' && health !== state && <Mark colour="orange">{health}</Mark>}
        {reserved && <Mark>reserved</Mark>}
        {warnings > 0 && <Mark colour="orange">{counted(warnings, 'warning')}</Mark>}
      </span>
      {why !== null && <span className="berth-why">{why}</span>}
    </>
  )
}

function Mark({ colour = 'grey', children }: { colour?: 'grey' | 'orange'; children: React.ReactNode }) {
  return (
    <Label isCompact variant="outline" color={colour}>
      {children}
    </Label>
  )
}
