/** The text beside the form, with the way back and texts from files. */
import { Button, Card, CardBody, CardHeader, CardTitle } from '@patternfly/react-core'
import RedoIcon from '@patternfly/react-icons/dist/esm/icons/redo-icon'
import UndoIcon from '@patternfly/react-icons/dist/esm/icons/undo-icon'
import { type RefObject, useRef } from 'react'
import type { Draft } from './draft.ts'
import type { Problem } from './form-text.ts'
import { TemplateText } from './template-text.tsx'

interface Props {
  readonly area: RefObject<HTMLTextAreaElement | null>
  readonly draft: Draft
  readonly problem: Problem | null
  readonly isReadOnly: boolean
}

export function TextCard({ area, draft, problem, isReadOnly }: Props) {
  return (
    <Card isCompact className="berth-text-card">
      <CardHeader actions={{ actions: isReadOnly ? null : <TextActions draft={draft} />, hasNoOffset: true }}>
        <CardTitle component="h2">Text</CardTitle>
      </CardHeader>
      <CardBody>
        <TemplateText
          area={area}
          text={draft.text}
          problem={problem}
          isReadOnly={isReadOnly}
          write={draft.write}
        />
      </CardBody>
    </Card>
  )
}

function TextActions({ draft }: { readonly draft: Draft }) {
  const file = useRef<HTMLInputElement>(null)
  const load = async (chosen: File | undefined): Promise<void> => {
    if (chosen !== undefined) draft.write(await chosen.text())
    if (file.current !== null) file.current.value = ''
  }
  return (
    <div className="berth-block-actions">
      <Button
        variant="plain"
        size="sm"
        aria-label="Undo"
        title="Undo"
        icon={<UndoIcon />}
        isDisabled={!draft.canUndo}
        onClick={draft.undo}
      />
      <Button
        variant="plain"
        size="sm"
        aria-label="Redo"
        title="Redo"
        icon={<RedoIcon />}
        isDisabled={!draft.canRedo}
        onClick={draft.redo}
      />
      <Button variant="link" size="sm" onClick={() => file.current?.click()}>
        From a file
      </Button>
      <input
        ref={file}
        type="file"
        hidden
        aria-label="Template file"
        onChange={({ target }) => void load(target.files?.[0])}
      />
    </div>
  )
}
