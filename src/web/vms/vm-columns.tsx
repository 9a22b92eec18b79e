/** The columns of the list of VMs. */
import { Link } from 'react-router'
import type { VmSummary } from '../api/documents.ts'
import { coresText, memoryText } from '../parts/amounts.ts'
import type { Column } from '../parts/data-table.tsx'
import { Time } from '../parts/time.tsx'
import { DeviceChips } from './device-chips.tsx'
import { HostLink } from './host-link.tsx'
import { VM_STATES_SHOWN, VmStateLabel } from './vm-state.tsx'

const STATE_ORDER = Object.keys(VM_STATES_SHOWN)

interface Shown {
  readonly simulated: ReadonlySet<string>
  /** Where no VM has one, there is nothing to show. */
  readonly withOwner: boolean
}

export function vmColumns({ simulated, withOwner }: Shown): readonly Column<VmSummary>[] {
  return [
    {
      id: 'id',
      name: 'ID',
      sort: ({ id }) => id,
      className: 'berth-number',
      cell: ({ id }) => id,
    },
    {
      id: 'name',
      name: 'Name',
      sort: ({ name }) => name,
      width: 30,
      className: 'berth-vm-name',
      cell: (vm) => <Name vm={vm} />,
    },
    ...(withOwner ? [OWNER] : []),
    {
      id: 'state',
      name: 'State',
      sort: ({ state }) => STATE_ORDER.indexOf(state),
      cell: ({ state }) => (
        <span>
          <VmStateLabel state={state} />
        </span>
      ),
    },
    {
      id: 'host',
      name: 'Host',
      sort: ({ hostName }) => hostName,
      cell: ({ hostName }) =>
        hostName === null ? '-' : <HostLink name={hostName} isSimulated={simulated.has(hostName)} />,
    },
    ...AMOUNTS,
    {
      id: 'devices',
      name: 'Devices',
      sort: ({ devices, usb }) => devices.length + usb.length,
      cell: (vm) => (vm.devices.length + vm.usb.length === 0 ? '-' : <DeviceChips vm={vm} />),
    },
    {
      id: 'age',
      name: 'Created',
      sort: ({ createdAt }) => Date.parse(createdAt),
      className: 'berth-vm-age',
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
  ]
}

const OWNER: Column<VmSummary> = {
  id: 'owner',
  name: 'Owner',
  sort: ({ owner }) => owner,
  cell: ({ owner }) => owner ?? '-',
}

const AMOUNTS: readonly Column<VmSummary>[] = [
  {
    id: 'cpu',
    name: 'CPU',
    sort: ({ cpu }) => cpu,
    className: 'berth-number berth-vm-amount',
    cell: ({ cpu }) => coresText(cpu),
  },
  {
    id: 'memory',
    name: 'Memory',
    sort: ({ memoryMiB }) => memoryMiB,
    className: 'berth-number berth-vm-amount',
    cell: ({ memoryMiB }) => memoryText(memoryMiB),
  },
]

/** Beneath its name: why it waits, or what went wrong. */
function Name({ vm: { id, name, message } }: { readonly vm: VmSummary }) {
  return (
    <>
      <Link to={`/vms/${id}`}>{name}</Link>
      {message !== null && (
        <div className="berth-vm-message" title={message}>
          {message}
        </div>
      )}
    </>
  )
}
