/** Deletes a template, after a word about what stays. */
import { Content } from '@patternfly/react-core'
import { useQueryClient } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import type { TemplateView } from '../api/documents.ts'
import { templateList } from '../api/queries.ts'
import { announce } from '../parts/announce.tsx'
import { Confirm } from '../parts/confirm.tsx'

interface Props {
  readonly template: Pick<TemplateView, 'id' | 'name'>
  close(): void
  deleted?(): void
}

export function DeleteTemplate({ template, close, deleted }: Props) {
  const queries = useQueryClient()
  const run = async (): Promise<void> => {
    await api.DELETE('/v1/templates/{template}', { params: { path: { template: String(template.id) } } })
    await queries.invalidateQueries(templateList())
    announce(`Template ${template.name} is deleted`)
    deleted?.()
  }
  return (
    <Confirm title={`Delete template ${template.name}`} action="Delete" isDanger run={run} close={close}>
      <Content component="p">
        VMs that were made of it stay as they are. Its text cannot be brought back.
      </Content>
    </Confirm>
  )
}
