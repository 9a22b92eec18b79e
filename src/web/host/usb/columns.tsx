/** The columns of USB DEVICES: those of `berth host show`, and why a device is not free. */
import { Link } from 'react-router'
import type { UsbDeviceView } from '../../api/documents.ts'
import type { Column } from '../../parts/data-table.tsx'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { Rails } from '../../parts/rails.tsx'
import { DeviceAt } from '../device-at.tsx'
import type { UsbRow } from './tree.ts'

type Row = UsbRow<UsbDeviceView>

export function usbColumns(host: string): readonly Column<Row>[] {
  return [
    { id: 'port', name: 'Port', cell: (row) => <Port row={row} /> },
    { id: 'name', name: 'Device', cell: ({ device }) => <Name device={device} host={host} /> },
    {
      id: 'id',
      name: 'ID',
      className: 'berth-code',
      cell: ({ device: { vendor, product } }) => `${vendor}:${product}`,
    },
    {
      id: 'speed',
      name: 'Mbit/s',
      className: 'berth-number berth-usb-speed',
      cell: ({ device: { speed } }) => speed?.toLocaleString('en'),
    },
    {
      id: 'driver',
      name: 'Driver',
      className: 'berth-code',
      cell: ({ device }) => device.drivers.join(', '),
    },
    {
      id: 'vm',
      name: 'VM',
      className: 'berth-number',
      cell: ({ device: { vm } }) =>
        vm === null ? null : (
          <Link to={`/vms/${vm}`} aria-label={`VM ${vm}`}>
            {vm}
          </Link>
        ),
    },
    { id: 'state', name: 'State, and why', cell: ({ device }) => <State device={device} /> },
  ]
}

function Port({ row: { device, depth, rails, isLast } }: { readonly row: Row }) {
  return (
    <span className="berth-usb-port">
      {depth > 0 && <Rails passing={rails} isLast={isLast} />}
      <span className="berth-code">{device.port}</span>
    </span>
  )
}

function Name({ device, host }: { readonly device: UsbDeviceView; readonly host: string }) {
  const { bus, port, vendorName, productName, serial, controller, hub } = device
  const words = [vendorName, productName].filter((word) => word !== null).join(' ')
  if (port === `usb${bus}`)
    return (
      <span>
        <strong>Bus {bus}</strong>{' '}
        {controller === null ? (
          <span className="berth-subtle">on a controller that is no PCI device</span>
        ) : (
          <span className="berth-subtle">
            on <DeviceAt host={host} address={controller} />
          </span>
        )}
      </span>
    )
  return (
    <span>
      {words === '' ? <span className="berth-subtle">{hub ? 'hub' : 'not named'}</span> : words}{' '}
      {serial !== null && <span className="berth-subtle berth-code">{serial}</span>}
    </span>
  )
}

/** Hubs are part of the way, not things to give. */
function State({ device: { hub, state, why } }: { readonly device: UsbDeviceView }) {
  if (hub && state === 'unassignable') return <span className="berth-subtle">hub, never given</span>
  return (
    <span>
      <DeviceStateLabel state={state} />
      {why !== null && <span className="berth-why">{why}</span>}
    </span>
  )
}
