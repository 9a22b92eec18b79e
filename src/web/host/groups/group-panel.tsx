/** One group: whether it can be given, why not, what is in it, and what somebody can do. */
import './group-panel.css'
import { Button, Title } from '@patternfly/react-core'
import TimesIcon from '@patternfly/react-icons/dist/esm/icons/times-icon'
import { type KeyboardEvent, type Ref, useMemo } from 'react'
import { Link } from 'react-router'
import type { DeviceView, GroupView, HostView } from '../../api/documents.ts'
import { counted } from '../../parts/amounts.ts'
import { GroupMembers } from './group-members.tsx'
import { GROUP_STATES, GroupStateLabel, groupTitle } from './group-state.tsx'
import { WayOutWords } from './way-out-words.tsx'
import { waysOut } from './ways-out.ts'

interface Props {
  readonly group: GroupView
  readonly view: Pick<HostView, 'devices' | 'usb'>
  /** As the page's address has it. */
  readonly host: string
  /** Takes the focus of who opened it by keyboard. */
  readonly head: Ref<HTMLHeadingElement>
  close(): void
}

export function GroupPanel({ group, view, host, head, close }: Props) {
  const members = useMemo(() => membersOf(group, view.devices), [group, view.devices])
  const ways = waysOut(members, view.usb)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') close()
  }
  return (
    <section className="berth-group-panel" aria-labelledby="group-title" onKeyDown={onKeyDown}>
      <header>
        <Title headingLevel="h2" size="lg" id="group-title" ref={head} tabIndex={-1}>
          {groupTitle(group.group)}
        </Title>
        <GroupStateLabel state={group.state} />
        <Button variant="plain" aria-label="Close" icon={<TimesIcon />} onClick={close} />
      </header>
      <div aria-live="polite">
        <Verdict group={group} />
      </div>
      {group.group !== null && group.state !== 'never' && <Together members={members} />}
      {ways.length > 0 && (
        <>
          <Title headingLevel="h3" size="md">
            What can be done
          </Title>
          <ul className="berth-group-ways">
            {ways.map((way) => (
              <li key={JSON.stringify(way)}>
                <WayOutWords way={way} host={host} />
              </li>
            ))}
          </ul>
        </>
      )}
      <Title headingLevel="h3" size="md">
        {counted(group.devices.length, 'function')}
      </Title>
      <GroupMembers group={group} members={members} host={host} />
    </section>
  )
}

function Verdict({ group: { group, state, vm, why } }: { readonly group: GroupView }) {
  if (group === null)
    return <p>These functions cannot be given: {why ?? 'the kernel has put them in no group'}</p>
  return (
    <>
      {vm !== null && (
        <p>
          <Link to={`/vms/${vm}`}>VM {vm}</Link> has it: no other VM can get anything of it.
        </p>
      )}
      {why !== null && state !== 'never' ? (
        <p className="berth-group-why">
          <strong>Why it cannot be given{vm === null ? '' : ' any more'}: </strong>
          {why}
        </p>
      ) : (
        vm === null && <p>{sentence(GROUP_STATES[state].means)}</p>
      )}
    </>
  )
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

/** Why so much is in one group, where diagnosis found it. */
function Together({ members }: { readonly members: readonly DeviceView[] }) {
  const endpoints = members.filter(({ bridge }) => !bridge)
  if (endpoints.length < 2) return null
  const [found] = endpoints.flatMap(({ address, diagnosis }) =>
    diagnosis.filter(({ code }) => code === 'not-isolated').map(({ message }) => `${address}: ${message}`),
  )
  return (
    <>
      <p>Its {endpoints.length} endpoints go to a VM only together.</p>
      {found !== undefined && <p className="berth-subtle">{found}.</p>}
    </>
  )
}

function membersOf(group: GroupView, devices: readonly DeviceView[]): readonly DeviceView[] {
  const addresses = new Set(group.devices.map(({ address }) => address))
  return devices.filter(({ address }) => addresses.has(address))
}
