/** One host: its head, and below it the view that the address names. */
import { PageSection } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { hostOf } from '../api/queries.ts'
import { Heading } from '../parts/heading.tsx'
import { HostTabs, TABS, USUAL_TAB } from './tabs.tsx'

export function HostPage() {
  const { host = '', tab = USUAL_TAB } = useParams()
  const { data } = useQuery(hostOf(host))
  const shown = TABS.find(({ id }) => id === tab)
  return (
    <>
      <Heading title={data?.name ?? host} above={[{ to: '/hosts', name: 'Hosts' }]} />
      <PageSection type="tabs">
        <HostTabs host={host} at={tab} />
      </PageSection>
      <PageSection isFilled>{shown !== undefined && <shown.Shown host={host} />}</PageSection>
    </>
  )
}
