/** The VMs on a host, and which of its devices each has. */
import { useQuery } from '@tanstack/react-query'
import { Fragment } from 'react'
import { Link } from 'react-router'
import type { HostView, VmSummary } from '../../api/documents.ts'
import { vmList } from '../../api/queries.ts'
import { coresText, memoryText } from '../../parts/amounts.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { shortText } from '../../parts/device-name.ts'
import { devicePath } from '../../parts/paths.ts'
import { Shown } from '../../parts/shown.tsx'
import { Part } from './part.tsx'

export function HostVms({ host }: { readonly host: HostView }) {
  return (
    <Part title="VMs" isWide>
      <Shown query={useQuery(vmList({ host: String(host.id) }))} what="its VMs">
        {(vms) => (
          <DataTable
            label="VMs on the host"
            rows={vms}
            columns={COLUMNS}
            keyOf={({ id }) => String(id)}
            empty={<p className="berth-subtle">No VM is on it.</p>}
          />
        )}
      </Shown>
    </Part>
  )
}

const COLUMNS: readonly Column<VmSummary>[] = [
  { id: 'id', name: 'ID', className: 'berth-number', sort: ({ id }) => id, cell: ({ id }) => id },
  {
    id: 'name',
    name: 'Name',
    sort: ({ name }) => name,
    cell: ({ id, name }) => <Link to={`/vms/${id}`}>{name}</Link>,
  },
  { id: 'owner', name: 'Owner', sort: ({ owner }) => owner, cell: ({ owner }) => owner },
  { id: 'state', name: 'State', sort: ({ state }) => state, cell: ({ state }) => state },
  {
    id: 'cpu',
    name: 'CPU',
    className: 'berth-number',
    sort: ({ cpu }) => cpu,
    cell: ({ cpu }) => coresText(cpu),
  },
  {
    id: 'memory',
    name: 'Memory',
    className: 'berth-number',
    sort: ({ memoryMiB }) => memoryMiB,
    cell: ({ memoryMiB }) => memoryText(memoryMiB),
  },
  { id: 'devices', name: 'Devices', sort: ({ devices }) => devices.length, cell: devicesOf },
]

function devicesOf({ host, devices, usb }: VmSummary) {
  return (
    <>
      {devices.map(({ address, role }) => (
        <Fragment key={address}>
          <Link className="berth-code" to={devicePath(host ?? '', address)}>
            {shortText(address)}
          </Link>
          {role === 'held' && ' (held)'}{' '}
        </Fragment>
      ))}
      {usb.map(({ port }) => (
        <Fragment key={port}>
          <span className="berth-code">usb:{port}</span>{' '}
        </Fragment>
      ))}
    </>
  )
}
