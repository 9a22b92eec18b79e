/** What if: how many more VMs of a template would fit, on which hosts, and what keeps the one after them. */
import './plan.css'
import { PageSection } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { TemplateView } from '../api/documents.ts'
import { checkOf, checkOfTemplate, fitOf, fitOfTemplate, templateList } from '../api/queries.ts'
import { Heading } from '../parts/heading.tsx'
import { Nothing } from '../parts/nothing.tsx'
import { Shown } from '../parts/shown.tsx'
import { FitShown } from './fit-shown.tsx'
import { Question } from './question.tsx'
import { useQuestion } from './use-question.ts'

export function PlanPage() {
  const templates = useQuery(templateList())
  return (
    <>
      <Heading
        title="Plan"
        about="How many more VMs of a template would be placed now, and where, by the scheduler itself. Nothing is changed."
      />
      <PageSection isFilled>
        <Shown query={templates} what="the templates">
          {(found) => <Plan templates={found} />}
        </Shown>
      </PageSection>
    </>
  )
}

function Plan({ templates }: { readonly templates: readonly TemplateView[] }) {
  const asked = useQuestion()
  const { source, template, text } = asked.question
  return (
    <div className="berth-plan">
      <Question templates={templates} {...asked} />
      {source === 'stored' && template === '' && <NoQuestion hasTemplates={templates.length > 0} />}
      {source === 'stored' && template !== '' && <FitOfTemplate {...asked.question} />}
      {source === 'text' && text !== '' && <FitOfText {...asked.question} />}
    </div>
  )
}

function NoQuestion({ hasTemplates }: { readonly hasTemplates: boolean }) {
  if (hasTemplates) return <Nothing title="Nothing is counted yet">Choose a template, or write one.</Nothing>
  return (
    <Nothing title="No template is stored" actions={<Link to="/templates">To the templates</Link>}>
      Write a text here, or store a template first.
    </Nothing>
  )
}

interface Asked {
  readonly template: string
  readonly text: string
  readonly limit: number
  readonly afterWaiting: boolean
}

function FitOfTemplate({ template, limit, afterWaiting }: Asked) {
  const fit = useQuery(fitOfTemplate(template, limit, afterWaiting))
  const check = useQuery(checkOfTemplate(template))
  return <FitShown fit={fit} check={check.data} template={template} />
}

function FitOfText({ text, limit, afterWaiting }: Asked) {
  const fit = useQuery(fitOf(text, limit, afterWaiting))
  const check = useQuery(checkOf(text))
  return <FitShown fit={fit} check={check.data} template={null} />
}
