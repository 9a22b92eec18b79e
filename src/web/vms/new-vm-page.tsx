/** New VMs: of what, how many, and how many of them would fit now, before anything is made. */
import { ActionGroup, Alert, Button, Form, PageSection } from '@patternfly/react-core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import type { TemplateView } from '../api/documents.ts'
import { wordsOf } from '../api/problem.ts'
import { templateList } from '../api/queries.ts'
import { useMay } from '../app/rights.ts'
import { counted } from '../parts/amounts.ts'
import { Heading } from '../parts/heading.tsx'
import { LinkButton } from '../parts/link-button.tsx'
import { Nothing } from '../parts/nothing.tsx'
import { Shown } from '../parts/shown.tsx'
import { useReadAgain } from './ask.ts'
import { createVms, type Wish } from './create.ts'
import { FitCard } from './fit-card.tsx'
import { MOST_VMS, NewVmFields } from './new-vm-fields.tsx'
import { TemplateFields } from './template-fields.tsx'
import './vms.css'

const ABOVE = [{ to: '/vms', name: 'VMs' }]

export function NewVmPage() {
  const templates = useQuery(templateList())
  return (
    <>
      <Heading title="New VM" above={ABOVE} />
      <PageSection>
        <Shown query={templates} what="the templates">
          {(found) => <NewVm templates={found} />}
        </Shown>
      </PageSection>
    </>
  )
}

function NewVm({ templates }: { readonly templates: readonly TemplateView[] }) {
  const mayCreate = useMay('user')
  const viewer = useMay('viewer') && !mayCreate
  const [search, setSearch] = useSearchParams()
  const [rest, setRest] = useState(() => firstWish(search, templates))
  const template = rest.template === null ? null : (search.get('template') ?? '')
  const stored = templates.find(({ name }) => name === template)
  const wish: Wish = { ...rest, template }
  const change = (part: Partial<Wish>): void => setRest((before) => ({ ...before, ...part }))
  const choose = (next: string | null): void => {
    change({ template: next, ...(next === null && stored !== undefined && { text: stored.text }) })
    setSearch(next === null || next === '' ? {} : { template: next }, { replace: true })
  }
  if (viewer)
    return <Nothing title="Your token only reads">Creating VMs takes a token of the role user.</Nothing>
  return (
    <div className="berth-vm-new">
      <NewVmForm wish={wish} isReady={template === null ? wish.text.trim() !== '' : stored !== undefined}>
        <TemplateFields
          templates={templates}
          template={template}
          text={wish.text}
          choose={choose}
          write={(text) => change({ text })}
        />
        <NewVmFields wish={wish} change={change} />
      </NewVmForm>
      <FitCard text={template === null ? wish.text : (stored?.text ?? '')} count={wish.count} />
    </div>
  )
}

function firstWish(search: URLSearchParams, templates: readonly TemplateView[]): Wish {
  const count = Number(search.get('count') ?? '1')
  return {
    template: templates.length === 0 ? null : (search.get('template') ?? ''),
    text: '',
    name: '',
    count: Number.isInteger(count) ? Math.min(MOST_VMS, Math.max(1, count)) : 1,
    hold: false,
    priority: 0,
    owner: '',
  }
}

interface FormProps {
  readonly wish: Wish
  readonly isReady: boolean
  readonly children: React.ReactNode
}

function NewVmForm({ wish, isReady, children }: FormProps) {
  const navigate = useNavigate()
  const readAgain = useReadAgain()
  const create = useMutation({
    mutationFn: () => createVms(wish),
    onSuccess: async (ids) => {
      await readAgain()
      await navigate(ids.length === 1 ? `/vms/${ids[0]}` : '/vms?sort=-id')
    },
    // Of a text some may have been made before one was refused.
    onError: readAgain,
  })
  return (
    <Form
      className="berth-vm-form"
      onSubmit={(event) => {
        event.preventDefault()
        create.mutate()
      }}
    >
      {children}
      {create.isError && (
        <Alert
          isInline
          variant="danger"
          title={wish.count === 1 ? 'It was not created' : 'Not all were created'}
          component="p"
          role="alert"
        >
          {wordsOf(create.error)}
        </Alert>
      )}
      <ActionGroup>
        <Button type="submit" isDisabled={!isReady || create.isPending} isLoading={create.isPending}>
          {wish.count === 1 ? 'Create the VM' : `Create ${counted(wish.count, 'VM')}`}
        </Button>
        <LinkButton to="/vms" variant="link">
          Cancel
        </LinkButton>
      </ActionGroup>
    </Form>
  )
}
