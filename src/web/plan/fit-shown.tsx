/** The answer: how many fit, whether any ever could, where they would go, and what keeps the next one. */
import { Alert, Title } from '@patternfly/react-core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { TemplateCheck, TemplateFit } from '../api/documents.ts'
import { Refused } from '../api/problem.ts'
import { useMay } from '../app/rights.ts'
import { counted } from '../parts/amounts.ts'
import { LinkButton } from '../parts/link-button.tsx'
import { Shown } from '../parts/shown.tsx'
import { FitHosts } from './fit-hosts.tsx'
import { NextReasons } from './next-reasons.tsx'

interface Props {
  readonly fit: UseQueryResult<TemplateFit>
  /** Undefined = not read yet. */
  readonly check: TemplateCheck | undefined
  /** Its name; null = of a text, which VMs cannot be made of by a link. */
  readonly template: string | null
}

export function FitShown({ fit, check, template }: Props) {
  if (fit.data === undefined && fit.error instanceof Refused && fit.error.status === 400)
    return (
      <Alert isInline variant="danger" title="No VM can be made of this template" component="p">
        {fit.error.message}
      </Alert>
    )
  return (
    <Shown query={fit} what="how many fit">
      {(found) => (
        <div className="berth-fit">
          <Count fit={found} check={check} template={template} />
          {found.hosts.length > 0 && (
            <section aria-labelledby="fit-hosts">
              <Title headingLevel="h2" size="lg" id="fit-hosts">
                Where they would go
              </Title>
              <FitHosts hosts={found.hosts} />
            </section>
          )}
          {found.reasons.length > 0 && (
            <section aria-labelledby="fit-reasons">
              <Title headingLevel="h2" size="lg" id="fit-reasons">
                {found.count === 0 ? 'Why none fits' : 'Why the next one fits nowhere'}
              </Title>
              <NextReasons reasons={found.reasons} />
            </section>
          )}
        </div>
      )}
    </Shown>
  )
}

interface CountProps extends Pick<Props, 'check' | 'template'> {
  readonly fit: TemplateFit
}

/** So many VMs are made at once at most (INSTANTIATE). */
const MOST_AT_ONCE = 1000

function Count({ fit: { count, more, hosts, afterWaiting }, check, template }: CountProps) {
  const mayCreate = useMay('user')
  const asked = Math.min(count, MOST_AT_ONCE)
  return (
    <div className="berth-fit-head">
      <p role="status">
        <strong className="berth-fit-count berth-number">
          {count.toLocaleString('en')}
          {more && '+'}
        </strong>{' '}
        {more ? `fit, and there is room for more` : `more ${count === 1 ? 'fits' : 'fit'}`}
        {afterWaiting && ' after those that wait'}
        {hosts.length > 0 && `, on ${counted(hosts.length, 'host')}`}
      </p>
      {check !== undefined && <p className="berth-fit-ever">{everWords(check)}</p>}
      {template !== null && count > 0 && mayCreate && (
        <LinkButton
          variant="secondary"
          to={`/vms/new?template=${encodeURIComponent(template)}&count=${asked}`}
        >
          Create {asked === 1 ? 'it' : `${asked.toLocaleString('en')} of them`}
        </LinkButton>
      )}
    </div>
  )
}

/** Of all hosts, those that could take one in a cluster without VMs, and those that can now. */
function everWords({ hosts, ever, now }: TemplateCheck): string {
  if (hosts === 0) return 'There are no hosts.'
  const all = counted(hosts, 'host')
  if (ever === 0) return `Of ${all} none could take one, even with no other VM in the cluster.`
  return `Of ${all} ${ever.toLocaleString('en')} could take one with no other VM in the cluster, and ${now.toLocaleString('en')} can now.`
}
