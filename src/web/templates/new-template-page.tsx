/** A new template: from little, or from a text or file that somebody has. */
import { Button, Label } from '@patternfly/react-core'
import { useState } from 'react'
import { singleOf } from '../../template/values.ts'
import { useMay } from '../app/rights.ts'
import { Heading } from '../parts/heading.tsx'
import { useDraft } from './draft.ts'
import { Editor } from './editor.tsx'
import { parsed } from './form-text.ts'
import { Leave } from './leave.tsx'
import { NameTemplate } from './name-template.tsx'
import { useAtRisk, useCreate } from './saving.ts'
import { ABOVE } from './template-page.tsx'

const STORED = 'Fill in the form, or paste a template that you have into the text.'
/** Whoever may not store one finds out what it would take, and may make a VM of the text. */
const TRIED =
  'Storing templates takes the role operator. What you make here is checked all the same, and its text can be copied: a VM may be made of it.'

const START = 'CPU = 1\nMEMORY = 1024\n'

export function NewTemplatePage() {
  const draft = useDraft(START)
  const { isAtRisk, forget } = useAtRisk(draft)
  const create = useCreate(draft, forget)
  const mayWrite = useMay('operator')
  const [naming, setNaming] = useState(false)
  const found = parsed(draft.text)
  const isTemplate = 'tree' in found && draft.text.trim() !== ''
  return (
    <>
      <Leave isChanged={isAtRisk} />
      <Heading
        title="New template"
        above={ABOVE}
        beside={draft.isChanged && <Label color="orange">not saved</Label>}
        about={mayWrite ? STORED : TRIED}
        actions={
          mayWrite && (
            <Button isDisabled={!isTemplate} onClick={() => setNaming(true)}>
              Create
            </Button>
          )
        }
      />
      <Editor draft={draft} isReadOnly={false} firstTab="general" />
      {naming && (
        <NameTemplate
          title="Create a template"
          action="Create"
          name={'tree' in found ? (singleOf(found.tree, 'NAME') ?? '') : ''}
          run={create}
          close={() => setNaming(false)}
        />
      )}
    </>
  )
}
