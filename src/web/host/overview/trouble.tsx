/** What keeps a host from taking VMs, before anything else is told of it. */
import { Alert } from '@patternfly/react-core'
import type { ReactNode } from 'react'
import type { HostView } from '../../api/documents.ts'
import { Time } from '../../parts/time.tsx'

export function Trouble({ host }: { readonly host: HostView }) {
  const found = [...troubles(host)]
  if (found.length === 0) return null
  return (
    <div className="berth-wide berth-troubles">
      {found.map(({ title, more, isNote }) => (
        <Alert key={title} isInline component="p" variant={isNote ? 'info' : 'warning'} title={title}>
          {more}
        </Alert>
      ))}
    </div>
  )
}

interface Found {
  readonly title: string
  readonly more?: ReactNode
  readonly isNote?: true
}

function* troubles({ name, failure, agent, reportedAt, readiness }: HostView): Generator<Found> {
  if (agent !== null && agent.joinedAt === null)
    yield {
      title: 'No agent has joined for it yet',
      more: (
        <>
          On the controller, <code className="berth-code">berth token join {name}</code> makes a token and
          says what to run on the host.
        </>
      ),
    }
  else if (agent !== null && agent.silentSeconds !== null)
    yield {
      title: 'Its agent is silent',
      more: (
        <>
          Last heard <Time at={agent.heardAt} />. Its VMs may run on; where the machine is off for good, fence
          the host.
        </>
      ),
    }
  else if (agent !== null && !agent.compared)
    yield { title: 'Its whole report is awaited: until then it gets no VMs', isNote: true }
  if (failure !== null) yield { title: 'Its last probe or comparison failed', more: failure }
  if (reportedAt !== null && !readiness.passthrough)
    yield { title: 'It is not ready to pass devices', more: readiness.reason }
}
