/** What is asked: of which template, behind whom, and how far to count. */
import {
  Button,
  Checkbox,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextArea,
  TextInput,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core'
import { type FormEvent, useState } from 'react'
import type { TemplateView } from '../api/documents.ts'
import { limitOf, MOST, type PlanQuestion, type useQuestion } from './use-question.ts'

type Props = ReturnType<typeof useQuestion> & { readonly templates: readonly TemplateView[] }

export function Question(props: Props) {
  const { question, setSource, setText, setLimit, setAfterWaiting } = props
  const [draft, setDraft] = useState(question.text)
  const isText = question.source === 'text'
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isText) setText(draft)
  }
  return (
    <Form onSubmit={submit} className="berth-plan-question">
      <div className="berth-plan-options">
        <FormGroup label="VMs of" role="group" fieldId="plan-source">
          <ToggleGroup aria-label="VMs of">
            <ToggleGroupItem
              text="A stored template"
              isSelected={!isText}
              onChange={() => setSource('stored')}
            />
            <ToggleGroupItem text="A text" isSelected={isText} onChange={() => setSource('text')} />
          </ToggleGroup>
        </FormGroup>
        {!isText && <Stored {...props} />}
        <Limit limit={question.limit} setLimit={setLimit} />
      </div>
      {isText && <Text draft={draft} setDraft={setDraft} />}
      <Checkbox
        id="plan-after"
        label="After the VMs that wait now"
        description="They are placed first, and what they leave is counted."
        isChecked={question.afterWaiting}
        onChange={(_, isChecked) => setAfterWaiting(isChecked)}
      />
      {isText && (
        <div>
          <Button type="submit" isDisabled={draft.trim() === ''}>
            Count
          </Button>
        </div>
      )}
    </Form>
  )
}

function Stored({ templates, question, setTemplate }: Props) {
  const isThere = templates.some(({ name }) => name === question.template)
  return (
    <FormGroup label="Template" fieldId="plan-template">
      <FormSelect
        id="plan-template"
        className="berth-plan-template"
        value={question.template}
        onChange={(_, name) => setTemplate(name)}
      >
        <FormSelectOption value="" label={templates.length === 0 ? 'None is stored' : 'Choose one'} />
        {question.template !== '' && !isThere && (
          <FormSelectOption value={question.template} label={question.template} />
        )}
        {templates.map(({ id, name }) => (
          <FormSelectOption key={id} value={name} label={name} />
        ))}
      </FormSelect>
    </FormGroup>
  )
}

const EXAMPLE = 'MEMORY = 16384\nCPU = 4\nPCI = [ VENDOR = "10de", CLASS = "0302" ]'

function Text({ draft, setDraft }: { readonly draft: string; setDraft(text: string): void }) {
  return (
    <FormGroup label="Template" fieldId="plan-text">
      <TextArea
        id="plan-text"
        className="berth-plan-text"
        rows={8}
        resizeOrientation="vertical"
        spellCheck={false}
        placeholder={EXAMPLE}
        value={draft}
        onChange={(_, text) => setDraft(text)}
      />
    </FormGroup>
  )
}

/** What is half typed is not counted to. */
function Limit({ limit, setLimit }: Pick<PlanQuestion, 'limit'> & { setLimit(limit: number): void }) {
  const [draft, setDraft] = useState(String(limit))
  const isWrong = limitOf(draft) === null
  const change = (text: string): void => {
    setDraft(text)
    const next = limitOf(text)
    if (next !== null) setLimit(next)
  }
  return (
    <FormGroup label="Count to" fieldId="plan-limit">
      <TextInput
        id="plan-limit"
        className="berth-plan-limit"
        inputMode="numeric"
        value={draft}
        validated={isWrong ? 'error' : 'default'}
        onChange={(_, text) => change(text)}
      />
      {isWrong && (
        <FormHelperText>
          <HelperText isLiveRegion>
            <HelperTextItem variant="error">A number from 1 to {MOST.toLocaleString('en')}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  )
}
