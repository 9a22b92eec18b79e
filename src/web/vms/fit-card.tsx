/** How many VMs of a template would be placed now, where, and why no more: as the scheduler would, while one fills in the form. */
import { Alert, Switch } from '@patternfly/react-core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { TemplateFit } from '../api/documents.ts'
import { Refused, wordsOf } from '../api/problem.ts'
import { checkOf, fitOf } from '../api/queries.ts'
import { counted } from '../parts/amounts.ts'
import { Loading } from '../parts/loading.tsx'
import { useSettled } from '../parts/settled.ts'
import { FitReasons } from './fit-reasons.tsx'
import { HostLink, useSimulated } from './host-link.tsx'
import { Section } from './section.tsx'

/** More than that are not counted. */
const MOST = 1000

interface Props {
  readonly text: string
  readonly count: number
}

export function FitCard({ text, count }: Props) {
  const [afterWaiting, setAfterWaiting] = useState(false)
  const settled = useSettled(text)
  const isGiven = settled.trim() !== ''
  const query = useQuery({
    ...fitOf(settled, MOST, afterWaiting),
    enabled: isGiven,
    placeholderData: keepPreviousData,
  })
  const { data, error, isPending } = query
  return (
    <Section title="Would it fit now?">
      <div className="berth-vm-fit" aria-live="polite">
        {!isGiven && <p className="berth-vm-quiet">Choose a template, or write one.</p>}
        {isGiven && error !== null && (
          <Alert isInline variant="danger" title={failure(error)} component="h3">
            {wordsOf(error)}
          </Alert>
        )}
        {isGiven && error === null && isPending && <Loading what="what fits" />}
        {isGiven && error === null && data !== undefined && <Fit fit={data} count={count} text={settled} />}
        <Switch
          id="after-waiting"
          label="After the VMs that wait"
          isChecked={afterWaiting}
          onChange={(_, on) => setAfterWaiting(on)}
        />
      </div>
    </Section>
  )
}

/** A controller that does not answer says nothing about the template. */
const failure = (error: Error): string =>
  error instanceof Refused && error.status === 400 ? 'It cannot be created so' : 'It could not be found out'

interface FitProps {
  readonly fit: TemplateFit
  readonly count: number
  readonly text: string
}

function Fit({ fit, count, text }: FitProps) {
  const { variant, title } = verdict(fit, count)
  return (
    <>
      <Alert isInline variant={variant} title={title} component="h3">
        {fit.count === 0 ? <Ever text={text} /> : <Room fit={fit} />}
      </Alert>
      {fit.hosts.length > 0 && <Where hosts={fit.hosts} />}
      {fit.count < count && <FitReasons reasons={fit.reasons} isNext={fit.count > 0} />}
    </>
  )
}

function verdict({ count: room }: TemplateFit, count: number) {
  if (room === 0)
    return { variant: 'warning' as const, title: count === 1 ? 'It would wait' : 'All would wait' }
  if (room < count)
    return { variant: 'warning' as const, title: `${room} of ${count} now, ${count - room} would wait` }
  return { variant: 'success' as const, title: count === 1 ? 'It fits now' : `All ${count} fit now` }
}

function Room({ fit: { count, more, limit, afterWaiting } }: Pick<FitProps, 'fit'>) {
  const room = more
    ? `There is room for more than ${limit}`
    : `There is room for ${counted(count, 'such VM')}`
  return `${room}${afterWaiting ? ' once those that wait are placed' : ''}.`
}

/** Whether waiting makes sense. */
function Ever({ text }: Pick<FitProps, 'text'>) {
  const { data } = useQuery(checkOf(text))
  if (data === undefined) return null
  if (data.ever === 0)
    return `Not even with no other VM in the cluster could one of ${counted(data.hosts, 'host')} take it.`
  return `With no other VM in the cluster, ${counted(data.ever, 'host')} could take it.`
}

const SHOWN = 10

function Where({ hosts }: { readonly hosts: TemplateFit['hosts'] }) {
  const simulated = useSimulated()
  const most = [...hosts].sort((a, b) => b.count - a.count)
  return (
    <ul className="berth-vm-fit-hosts" aria-label="How many on which host">
      {most.slice(0, SHOWN).map(({ host, hostName, count }) => (
        <li key={host}>
          <HostLink name={hostName} isSimulated={simulated.has(hostName)} />
          <span className="berth-number">{count}</span>
        </li>
      ))}
      {most.length > SHOWN && (
        <li className="berth-vm-quiet">and on {counted(most.length - SHOWN, 'more host')}</li>
      )}
    </ul>
  )
}
