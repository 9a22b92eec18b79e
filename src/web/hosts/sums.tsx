/** What the hosts that are shown come to: their states, VMs, and devices by state, each of which can be picked out. */
import { DEVICE_STATES } from '../parts/device-state.tsx'
import { HOST_STATES } from '../parts/host-state.tsx'
import { DeviceSwatch } from './device-swatch.tsx'
import { countStates, type FleetHost } from './fleet.ts'
import { useDeviceState } from './wanted.ts'

interface Props {
  readonly fleet: readonly FleetHost[]
}

const number = new Intl.NumberFormat('en')

export function Sums({ fleet }: Props) {
  const states = countStates(fleet)
  const devices = [...states.values()].reduce((sum, count) => sum + count, 0)
  const vms = fleet.reduce((sum, { host }) => sum + host.runningVms, 0)
  const read = fleet.filter(({ types }) => types !== null).length
  return (
    <section className="berth-sums" aria-label="Sums">
      <Sum count={fleet.length} of={fleet.length === 1 ? 'host' : 'hosts'} more={hostStates(fleet)} />
      <Sum count={vms} of={vms === 1 ? 'VM runs' : 'VMs run'} />
      <div className="berth-sum berth-sum-devices">
        <div>
          <Sum
            count={devices}
            of={devices === 1 ? 'device' : 'devices'}
            more={read < fleet.length ? `of ${number.format(read)} hosts so far` : ''}
          />
        </div>
        <Legend states={states} />
      </div>
    </section>
  )
}

interface SumProps {
  readonly count: number
  readonly of: string
  readonly more?: string
}

function Sum({ count, of, more = '' }: SumProps) {
  return (
    <p className="berth-sum-words">
      <strong className="berth-number">{number.format(count)}</strong> {of}
      {more !== '' && <span className="berth-quiet"> {more}</span>}
    </p>
  )
}

function hostStates(fleet: readonly FleetHost[]): string {
  const states = Object.keys(HOST_STATES).map((state) => {
    const count = fleet.filter(({ host }) => host.state === state).length
    return count === 0 ? [] : `${number.format(count)} ${state}`
  })
  return states.flat().join(', ')
}

/** A state that is picked stays there when no device is in it any more. */
function Legend({ states }: { readonly states: ReturnType<typeof countStates> }) {
  const [picked, pick] = useDeviceState()
  return (
    <ul className="berth-legend" aria-label="Devices by state: pick one out">
      {keysOf(DEVICE_STATES)
        .filter((state) => states.has(state) || state === picked)
        .map((state) => (
          <li key={state}>
            <button
              type="button"
              className="berth-legend-state"
              aria-pressed={state === picked}
              title={DEVICE_STATES[state].means}
              onClick={() => pick(state === picked ? null : state)}
            >
              <DeviceSwatch state={state} />
              {state} <span className="berth-number">{number.format(states.get(state) ?? 0)}</span>
            </button>
          </li>
        ))}
    </ul>
  )
}

/** `Object.keys` forgets what they are. */
function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] {
  return Object.keys(record).filter((key): key is K => key in record)
}
