/** How much of a host there is, and how much VMs have of it. */
import { Progress, ProgressMeasureLocation } from '@patternfly/react-core'
import { Link } from 'react-router'
import type { HostView } from '../../api/documents.ts'
import { coresText, memoryText } from '../../parts/amounts.ts'
import { DEVICE_STATES, DeviceStateLabel } from '../../parts/device-state.tsx'
import { hostPath } from '../../parts/paths.ts'
import { Part } from './part.tsx'

export function Capacity({ host }: { readonly host: HostView }) {
  const { usedCpu, totalCpu, usedMemoryMiB, totalMemoryMiB, devices, capacity } = host
  const offered = devices.filter((device) => device.offered)
  const held = offered.filter(({ vm }) => vm !== null).length
  return (
    <Part title="Capacity">
      <Meter name="CPU" used={usedCpu} total={totalCpu} words={coresText} unit=" cores" />
      <Meter name="Memory" used={usedMemoryMiB} total={totalMemoryMiB} words={memoryText} />
      <Meter name="Devices offered" used={held} total={offered.length} words={String} />
      <States host={host} offered={offered} />
      {capacity !== null && capacity.numaNodes.length > 1 && <NumaNodes nodes={capacity.numaNodes} />}
    </Part>
  )
}

interface MeterProps {
  readonly name: string
  readonly used: number
  /** Null = not known. */
  readonly total: number | null
  readonly unit?: string
  words(amount: number): string
}

function Meter({ name, used, total, unit = '', words }: MeterProps) {
  const label =
    total === null
      ? `${words(used)}${unit} given, of how much is not known`
      : `${words(used)} of ${words(total)}${unit} given`
  return (
    <Progress
      aria-label={name}
      title={name}
      size="sm"
      value={used}
      max={Math.max(1, total ?? used)}
      valueText={label}
      label={label}
      measureLocation={ProgressMeasureLocation.top}
      {...(total !== null && used > total && { variant: 'warning' as const })}
    />
  )
}

/** Each the way to the devices in that state. */
function States({ host, offered }: { readonly host: HostView; readonly offered: HostView['devices'] }) {
  const states = Object.keys(DEVICE_STATES).flatMap((state) => {
    const inIt = offered.filter((device) => device.state === state)
    const [first] = inIt
    return first === undefined ? [] : [{ state: first.state, count: inIt.length }]
  })
  if (states.length === 0) return null
  return (
    <ul className="berth-states" aria-label="Devices by state">
      {states.map(({ state, count }) => (
        <li key={state}>
          <Link to={`${hostPath(host.id, 'pci')}?state=${state}`}>
            {count} <DeviceStateLabel state={state} />
          </Link>
        </li>
      ))}
    </ul>
  )
}

function NumaNodes({ nodes }: { readonly nodes: NonNullable<HostView['capacity']>['numaNodes'] }) {
  return (
    <table className="berth-numa">
      <caption>NUMA nodes</caption>
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">CPUs</th>
          <th scope="col">Memory</th>
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ id, cpus, memoryKiB }) => (
          <tr key={id}>
            <td>{id}</td>
            <td>{cpus}</td>
            <td>{memoryText(memoryKiB / 1024)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
