/** The PCI devices that a VM has; where it is on no host, what it asks for. */
import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { Link } from 'react-router'
import { isPossible } from '../../model/vm-action.ts'
import type { VmView } from '../api/documents.ts'
import { useMay } from '../app/rights.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { DeviceStateLabel } from '../parts/device-state.tsx'
import { devicePath } from '../parts/paths.ts'
import { Asked } from './asked.tsx'
import { AttachPci } from './attach-pci.tsx'
import { DetachPci } from './detach-pci.tsx'
import type { VmDevice } from './detaching.ts'
import { Section } from './section.tsx'

export function Devices({ vm }: { readonly vm: VmView }) {
  const [isAttaching, setAttaching] = useState(false)
  const [detached, setDetached] = useState<number | null>(null)
  const mayAttach = useMay('user') && isPossible('attach', vm.state) && vm.moving === null
  const attach = mayAttach && (
    <Button variant="secondary" size="sm" onClick={() => setAttaching(true)}>
      Attach a PCI device
    </Button>
  )
  return (
    <Section title="PCI devices" actions={attach}>
      {vm.host === null ? (
        <Asked vm={vm} kind="pci" detach={mayAttach ? setDetached : null} />
      ) : (
        <DataTable
          label="PCI devices"
          rows={vm.devices}
          columns={columnsFor(vm, mayAttach ? setDetached : null)}
          keyOf={({ address }) => address}
          empty={<p className="berth-vm-quiet">It has none.</p>}
        />
      )}
      {isAttaching && <AttachPci vm={vm} close={() => setAttaching(false)} />}
      {detached !== null && <DetachPci vm={vm} request={detached} close={() => setDetached(null)} />}
    </Section>
  )
}

/** `detach`: of a PCI block, by its number; null = nothing can be detached. */
function columnsFor(
  { hostName }: VmView,
  detach: ((request: number) => void) | null,
): readonly Column<VmDevice>[] {
  const columns: readonly Column<VmDevice>[] = [
    {
      id: 'address',
      name: 'Address',
      className: 'berth-code berth-vm-fixed',
      cell: ({ address }) =>
        hostName === null ? address : <Link to={devicePath(hostName, address)}>{address}</Link>,
    },
    {
      id: 'type',
      name: 'Device',
      cell: ({ type, name }) => (
        <>
          {name !== null && <div>{name}</div>}
          <span className="berth-code">{type}</span>
        </>
      ),
    },
    {
      id: 'role',
      name: 'Role',
      cell: ({ role, request }) => (role === 'held' ? 'held with its group' : `passed, PCI ${request}`),
    },
    { id: 'state', name: 'State', cell: ({ state }) => <DeviceStateLabel state={state} /> },
  ]
  return detach === null ? columns : [...columns, detachColumn(detach)]
}

function detachColumn(detach: (request: number) => void): Column<VmDevice> {
  return {
    id: 'detach',
    name: 'Detach',
    head: <span className="pf-v6-screen-reader">Detach</span>,
    cell: ({ request, address, state }) =>
      request === null || state === 'releasing' ? null : (
        <Button
          variant="link"
          isInline
          isDanger
          aria-label={`Detach ${address}`}
          onClick={() => detach(request)}
        >
          Detach
        </Button>
      ),
  }
}
