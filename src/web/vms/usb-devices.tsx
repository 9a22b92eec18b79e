/** The USB devices that a VM has; where it is on no host, what it asks for. */
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { isPossible } from '../../model/vm-action.ts'
import type { VmView } from '../api/documents.ts'
import { useMay } from '../app/rights.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { DeviceStateLabel } from '../parts/device-state.tsx'
import { Asked } from './asked.tsx'
import { AttachUsb } from './attach-usb.tsx'
import { DetachUsb } from './detach-usb.tsx'
import { Section } from './section.tsx'

export type VmUsb = VmView['usb'][number]

export function UsbDevices({ vm }: { readonly vm: VmView }) {
  const [isAttaching, setAttaching] = useState(false)
  const [detached, setDetached] = useState<number | null>(null)
  const mayAttach = useMay('user') && isPossible('attach', vm.state) && vm.moving === null
  const attach = mayAttach && (
    <Button variant="secondary" size="sm" onClick={() => setAttaching(true)}>
      Attach a USB device
    </Button>
  )
  return (
    <Section title="USB devices" actions={attach}>
      {vm.host === null ? (
        <Asked vm={vm} kind="usb" detach={mayAttach ? setDetached : null} />
      ) : (
        <DataTable
          label="USB devices"
          rows={vm.usb}
          columns={mayAttach ? [...COLUMNS, detachColumn(setDetached)] : COLUMNS}
          keyOf={({ port }) => port}
          empty={<p className="berth-vm-quiet">It has none.</p>}
        />
      )}
      {isAttaching && <AttachUsb vm={vm} close={() => setAttaching(false)} />}
      {detached !== null && <DetachUsb vm={vm} request={detached} close={() => setDetached(null)} />}
    </Section>
  )
}

const COLUMNS: readonly Column<VmUsb>[] = [
  { id: 'port', name: 'Port', className: 'berth-code', cell: ({ port }) => port },
  {
    id: 'id',
    name: 'Device',
    cell: ({ id, name }) => (
      <>
        {name !== null && <div>{name}</div>}
        <span className="berth-code">{id}</span>
      </>
    ),
  },
  {
    id: 'numbers',
    name: 'Bus:device',
    className: 'berth-code',
    cell: ({ bus, device }) => `${threeDigits(bus)}:${threeDigits(device)}`,
  },
  { id: 'state', name: 'State', cell: ({ state }) => <DeviceStateLabel state={state} /> },
]

/** As lsusb prints them. */
const threeDigits = (number: number): string => String(number).padStart(3, '0')

function detachColumn(detach: (request: number) => void): Column<VmUsb> {
  return {
    id: 'detach',
    name: 'Detach',
    head: <span className="pf-v6-screen-reader">Detach</span>,
    cell: ({ request, port }) => (
      <Button
        variant="link"
        isInline
        isDanger
        aria-label={`Detach USB ${port}`}
        onClick={() => detach(request)}
      >
        Detach
      </Button>
    ),
  }
}
