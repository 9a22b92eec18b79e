/** The functions of a group, each with what stands in its own way. */
import { Link } from 'react-router'
import type { DeviceView, GroupView } from '../../api/documents.ts'
import { deviceName, deviceType } from '../../parts/device-name.ts'
import { DeviceStateLabel } from '../../parts/device-state.tsx'
import { DeviceAt } from '../device-at.tsx'

interface Props {
  readonly group: GroupView
  /** The same devices with all facts; one that came between two readings is not among them. */
  readonly members: readonly DeviceView[]
  /** As the page's address has it. */
  readonly host: string
}

export function GroupMembers({ group, members, host }: Props) {
  const facts = new Map(members.map((member) => [member.address, member]))
  return (
    <ul className="berth-group-members">
      {group.devices.map(({ address, type, name, bridge, driver, vm, state, why, offered }) => {
        const device = facts.get(address)
        return (
          <li key={address}>
            <div className="berth-group-member-line">
              <DeviceAt host={host} address={address} />
              {bridge ? <span className="berth-subtle">bridge</span> : <DeviceStateLabel state={state} />}
              {vm !== null && <Link to={`/vms/${vm}`}>VM {vm}</Link>}
            </div>
            <div>{device === undefined ? name : deviceName(device)}</div>
            <div className="berth-subtle">
              <span className="berth-code">{device === undefined ? type : deviceType(device)}</span>
              {driver === null ? ', no driver' : `, driver ${driver}`}
              {!offered && !bridge && ', not offered'}
            </div>
            {why !== null && !bridge && <div>{why}</div>}
          </li>
        )
      })}
    </ul>
  )
}
