/** One template: looked at, changed, saved, and what else can be done with it. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { templateOf } from '../api/queries.ts'
import { Heading } from '../parts/heading.tsx'
import { Shown } from '../parts/shown.tsx'
import { StoredTemplate } from './stored-template.tsx'

export const ABOVE = [{ to: '/templates', name: 'Templates' }]

export function TemplatePage() {
  const { template = '' } = useParams()
  const query = useQuery(templateOf(template))
  return (
    <>
      {query.data === undefined && <Heading title="Template" above={ABOVE} />}
      <Shown query={query} what="the template">
        {(found) => <StoredTemplate key={found.id} stored={found} />}
      </Shown>
    </>
  )
}
