/** One host: its head, and below it the view that the address names. */
import { Label, PageSection } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import type { HostView } from '../api/documents.ts'
import { hostOf } from '../api/queries.ts'
import { NotFound } from '../app/not-found.tsx'
import { Heading } from '../parts/heading.tsx'
import { HostStateLabel, SimulatedLabel } from '../parts/host-state.tsx'
import './host.css'
import { HostActions } from './head/host-actions.tsx'
import { HostTabs, TABS, USUAL_TAB, VIEW } from './tabs.tsx'

export function HostPage() {
  const { host = '', tab = USUAL_TAB } = useParams()
  const { data } = useQuery(hostOf(host))
  const shown = TABS.find(({ id }) => id === tab)
  return (
    <>
      <Heading
        title={data?.name ?? host}
        above={[{ to: '/hosts', name: 'Hosts' }]}
        beside={data && <Marks host={data} />}
        actions={data && <HostActions host={data} />}
      />
      <PageSection type="tabs">
        <HostTabs host={host} at={tab} />
      </PageSection>
      <PageSection
        isFilled
        id={VIEW}
        role="tabpanel"
        aria-label={shown?.name ?? 'Nothing'}
        className="berth-host-main"
      >
        {shown === undefined ? <NotFound /> : <shown.Shown key={host} host={host} />}
      </PageSection>
    </>
  )
}

/** Never probed: neither ready nor not. */
function Marks({ host: { state, simulated, passthrough } }: { readonly host: HostView }) {
  return (
    <>
      <HostStateLabel state={state} />
      {passthrough !== null && (
        <Label isCompact variant="outline" color={passthrough ? 'green' : 'red'}>
          {passthrough ? 'ready' : 'not ready'}
        </Label>
      )}
      {simulated && <SimulatedLabel />}
    </>
  )
}
