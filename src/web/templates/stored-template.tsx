/** A stored template in the editor: saved over what was read, never over what somebody else wrote meanwhile. */
import { Alert, AlertActionLink, Button, DropdownItem, Label, PageSection } from '@patternfly/react-core'
import { useEffect, useState } from 'react'
import { useNavigate } from 'react-router'
import type { TemplateView } from '../api/documents.ts'
import { wordsOf } from '../api/problem.ts'
import { useMay } from '../app/rights.ts'
import { Heading } from '../parts/heading.tsx'
import { DeleteTemplate } from './delete-template.tsx'
import { type Draft, useDraft } from './draft.ts'
import { Editor } from './editor.tsx'
import { parsed } from './form-text.ts'
import { Leave } from './leave.tsx'
import { NameTemplate } from './name-template.tsx'
import { useSaving } from './saving.ts'
import { TemplateActions } from './template-actions.tsx'
import { ABOVE } from './template-page.tsx'

type Asked = 'copy' | 'rename' | 'delete'

export function StoredTemplate({ stored }: { readonly stored: TemplateView }) {
  const draft = useDraft(stored.text)
  const saving = useSaving(stored, draft)
  const mayWrite = useMay('operator')
  const [asked, ask] = useState<Asked | null>(null)
  useFollow(stored, draft, saving.save.isPending)
  const canSave = mayWrite && 'tree' in parsed(draft.text) && draft.text !== ''
  const theirs = draft.isChanged && stored.text !== draft.base && !saving.save.isPending
  return (
    <>
      <Leave isChanged={saving.isAtRisk} />
      <Heading
        title={stored.name}
        above={ABOVE}
        beside={draft.isChanged && <Label color="orange">not saved</Label>}
        actions={
          <>
            {mayWrite && (
              <SaveButtons draft={draft} canSave={canSave} saving={saving} saveAsNew={() => ask('copy')} />
            )}
            <TemplateActions template={stored} remove={() => ask('delete')}>
              {mayWrite && <DropdownItem onClick={() => ask('rename')}>Rename</DropdownItem>}
            </TemplateActions>
          </>
        }
      />
      {theirs ? (
        <Theirs stored={stored} draft={draft} decided={saving.save.reset} />
      ) : (
        <NotSaved error={saving.save.error} />
      )}
      <Editor draft={draft} isReadOnly={!mayWrite} firstTab="devices" />
      <Asking asked={asked} stored={stored} saving={saving} close={() => ask(null)} />
    </>
  )
}

interface SaveButtonsProps {
  readonly draft: Draft
  readonly canSave: boolean
  readonly saving: ReturnType<typeof useSaving>
  saveAsNew(): void
}

function SaveButtons({ draft, canSave, saving: { save }, saveAsNew }: SaveButtonsProps) {
  return (
    <>
      <Button
        isDisabled={!canSave || !draft.isChanged || save.isPending}
        isLoading={save.isPending}
        onClick={() => save.mutate()}
      >
        Save
      </Button>
      <Button variant="secondary" isDisabled={!canSave} onClick={saveAsNew}>
        Save as new
      </Button>
    </>
  )
}

/** Who changed nothing sees what others save; an own save that is told of before its answer is no other's. */
function useFollow(stored: TemplateView, draft: Draft, isSaving: boolean): void {
  const { base, text, isChanged, load, setBase } = draft
  useEffect(() => {
    if (stored.text === base || isSaving) return
    if (!isChanged) load(stored.text)
    else if (stored.text === text) setBase(stored.text)
  }, [stored.text, base, text, isChanged, isSaving, load, setBase])
}

function NotSaved({ error }: { readonly error: Error | null }) {
  if (error === null) return null
  return (
    <PageSection className="berth-heading">
      <Alert isInline isLiveRegion variant="danger" title="It was not saved" component="p">
        {wordsOf(error)}
      </Alert>
    </PageSection>
  )
}

interface TheirsProps {
  readonly stored: TemplateView
  readonly draft: Draft
  decided(): void
}

function Theirs({ stored, draft, decided }: TheirsProps) {
  const decide = (by: (text: string) => void): void => {
    by(stored.text)
    decided()
  }
  return (
    <PageSection className="berth-heading">
      <Alert
        isInline
        isLiveRegion
        variant="warning"
        title="Somebody else changed this template meanwhile"
        component="p"
        actionLinks={
          <>
            <AlertActionLink onClick={() => decide(draft.load)}>Take theirs, drop mine</AlertActionLink>
            <AlertActionLink onClick={() => decide(draft.setBase)}>
              Keep mine, to save it over theirs
            </AlertActionLink>
          </>
        }
      >
        What you wrote is still here. As it stands it would not be saved.
      </Alert>
    </PageSection>
  )
}

interface AskingProps {
  readonly asked: Asked | null
  readonly stored: TemplateView
  readonly saving: ReturnType<typeof useSaving>
  close(): void
}

function Asking({ asked, stored, saving, close }: AskingProps) {
  const navigate = useNavigate()
  const deleted = () => {
    saving.forget()
    void navigate('/templates')
  }
  switch (asked) {
    case null:
      return null
    case 'delete':
      return <DeleteTemplate template={stored} close={close} deleted={deleted} />
    case 'copy':
      return (
        <NameTemplate
          title="Save as a new template"
          action="Save as new"
          name={`${stored.name}-2`}
          run={saving.create}
          close={close}
        />
      )
    case 'rename':
      return (
        <NameTemplate
          title={`Rename template ${stored.name}`}
          action="Rename"
          name={stored.name}
          run={saving.rename}
          close={close}
        />
      )
  }
}
