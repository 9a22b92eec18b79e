/** How many hosts could take one VM of the text, now and ever, and why the others cannot. */
import { Button, Card, CardBody, CardTitle, Content, ExpandableSection, Label } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import type { TemplateCheck } from '../api/documents.ts'
import { hostList } from '../api/queries.ts'
import { counted } from '../parts/amounts.ts'
import { SimulatedLabel } from '../parts/host-state.tsx'
import { hostPath } from '../parts/paths.ts'
import { groupReasons } from '../parts/reason-groups.ts'
import type { Problem } from './form-text.ts'
import { PROBLEM_ID } from './template-text.tsx'
import type { LiveCheck } from './use-check.ts'

interface Props extends LiveCheck {
  /** Goes to the place in the text. */
  show(place: NonNullable<Problem['place']>): void
}

export function CheckPanel({ check, isOld, show }: Props) {
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
        {check.state === 'invalid' && check.problem.place !== null && (
          <ShowPlace place={check.problem.place} show={show} />
        )}
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
        <Content component="p" id={PROBLEM_ID}>
          <Label isCompact color="red">
            not valid
          </Label>{' '}
          {check.problem.message}
        </Content>
      )
    case 'found':
      return <Counts found={check.found} />
  }
}

interface ShowPlaceProps extends Pick<Props, 'show'> {
  readonly place: NonNullable<Problem['place']>
}

function ShowPlace({ place, show }: ShowPlaceProps) {
  return (
    <Button variant="link" isInline onClick={() => show(place)}>
      Show the place
    </Button>
  )
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

function Reasons({ reasons }: { readonly reasons: TemplateCheck['reasons'] }) {
  const [open, setOpen] = useState(false)
  if (reasons.length === 0) return null
  return (
    <ExpandableSection
      toggleText={`Why not on ${counted(reasons.length, 'host')}`}
      className="berth-check-reasons"
      isExpanded={open}
      onToggle={(_, isOpen) => setOpen(isOpen)}
    >
      {open && <Groups reasons={reasons} />}
    </ExpandableSection>
  )
}

function Groups({ reasons }: { readonly reasons: TemplateCheck['reasons'] }) {
  const hosts = useQuery(hostList()).data
  const simulated = new Set(hosts?.filter((host) => host.simulated).map(({ id }) => id))
  return (
    <ul>
      {groupReasons(reasons).map(({ key, message, hosts: refused }) => (
        <li key={key}>
          <div>{message}</div>
          <div className="berth-check-hosts">
            {refused.slice(0, MOST_HOSTS).map(({ id, name }) => (
              <span key={id}>
                <Link to={hostPath(name)}>{name}</Link> {simulated.has(id) && <SimulatedLabel />}
              </span>
            ))}
            {refused.length > MOST_HOSTS && (
              <span>and {counted(refused.length - MOST_HOSTS, 'other host')}</span>
            )}
          </div>
        </li>
      ))}
    </ul>
  )
}
