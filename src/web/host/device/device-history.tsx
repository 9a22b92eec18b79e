/** What happened to a device, the latest first: VMs, failures, what operators said. */
import { Title } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { DeviceHistory as History, HostView } from '../../api/documents.ts'
import { deviceHistory } from '../../api/queries.ts'
import { Shown } from '../../parts/shown.tsx'
import { Time } from '../../parts/time.tsx'

interface Props {
  readonly host: HostView
  readonly address: string
}

export function DeviceHistory({ host, address }: Props) {
  const query = useQuery(deviceHistory(String(host.id), address))
  return (
    <section className="berth-facts">
      <Title headingLevel="h3" size="md">
        History
      </Title>
      <Shown query={query} what="its history">
        {({ history }) =>
          history.length === 0 ? (
            <p className="berth-subtle">Nothing has happened to it yet.</p>
          ) : (
            <ol className="berth-timeline">
              {history.toReversed().map((line) => (
                <Line key={`${line.at} ${line.event} ${line.what}`} line={line} address={address} />
              ))}
            </ol>
          )
        }
      </Shown>
    </section>
  )
}

/** The address only where it had another one. */
function Line({ line, address }: { readonly line: History['history'][number]; readonly address: string }) {
  const { at, event, vm, what } = line
  return (
    <li data-event={event}>
      <span className="berth-timeline-event">{event}</span>{' '}
      <span className="berth-subtle">
        <Time at={at} />
      </span>
      <div>
        {what}
        {vm !== null && (
          <>
            {' '}
            (<Link to={`/vms/${vm}`}>VM {vm}</Link>)
          </>
        )}
        {line.address !== address && `, at ${line.address} then`}
      </div>
    </li>
  )
}
