/** How many hosts could take one VM of the text, now and ever, and why the others cannot. */
import { Card, CardBody, CardTitle, Content, ExpandableSection, Label } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { TemplateCheck } from '../api/documents.ts'
import { hostList } from '../api/queries.ts'
import { counted } from '../parts/amounts.ts'
import { SimulatedLabel } from '../parts/host-state.tsx'
import { groupsOf, type Reason } from './reason-groups.ts'
import type { LiveCheck } from './use-check.ts'

export function CheckPanel({ check, isOld }: LiveCheck) {
  return (
    <Card isCompact className="berth-check" data-old={isOld}>
      <CardTitle component="h2">
        Where it would run
        <span className="berth-check-asking">{isOld || check.state === 'asking' ? 'checking' : ''}</span>
      </CardTitle>
      <CardBody>
        <div role="status">
          <Summary check={check} />
        </div>
        {check.state === 'found' && <Reasons reasons={check.found.reasons} />}
      </CardBody>
    </Card>
  )
}

function Summary({ check }: Pick<LiveCheck, 'check'>) {
  switch (check.state) {
    case 'empty':
      return <Content component="p">There is nothing to check yet.</Content>
    case 'asking':
      return <Content component="p">The controller is being asked.</Content>
    case 'failed':
      return <Content component="p">It could not be checked: {check.message}</Content>
    case 'invalid':
      return (
        <Content component="p">
          <Label isCompact color="red">
            not valid
          </Label>{' '}
          {check.problem.place === null ? check.problem.message : 'The place is marked in the text.'}
        </Content>
      )
    case 'found':
      return <Counts found={check.found} />
  }
}

function Counts({ found: { hosts, ever, now } }: { readonly found: TemplateCheck }) {
  const verdict =
    now > 0
      ? ({ color: 'green', words: 'could run now' } as const)
      : ever > 0
        ? ({ color: 'orange', words: 'would wait' } as const)
        : ({ color: 'red', words: 'fits nowhere' } as const)
  return (
    <Content component="p">
      <Label isCompact color={verdict.color}>
        {verdict.words}
      </Label>{' '}
      <strong>
        {now} of {counted(hosts, 'host')}
      </strong>{' '}
      could take it now, <strong>{ever}</strong> with no other VM in the cluster.
    </Content>
  )
}

const MOST_HOSTS = 12

function Reasons({ reasons }: { readonly reasons: readonly Reason[] }) {
  const hosts = useQuery(hostList()).data
  if (reasons.length === 0) return null
  const simulated = new Set(hosts?.filter((host) => host.simulated).map(({ id }) => id))
  return (
    <ExpandableSection
      toggleText={`Why not on ${counted(reasons.length, 'host')}`}
      className="berth-check-reasons"
    >
      <ul>
        {groupsOf(reasons).map((group) => (
          <li key={`${group.code} ${group.message}`}>
            <div>{group.message}</div>
            <div className="berth-check-hosts">
              {group.hosts.slice(0, MOST_HOSTS).map(({ host, hostName }) => (
                <span key={host}>
                  <Link to={`/hosts/${host}`}>{hostName}</Link>
                  {simulated.has(host) && (
                    <>
                      {' '}
                      <SimulatedLabel />
                    </>
                  )}
                </span>
              ))}
              {group.hosts.length > MOST_HOSTS && (
                <span>and {counted(group.hosts.length - MOST_HOSTS, 'other host')}</span>
              )}
            </div>
          </li>
        ))}
      </ul>
    </ExpandableSection>
  )
}
