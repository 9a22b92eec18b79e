/** What new VMs are made of: a stored template, by what it asks for, or text of one's own. */
import {
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Radio,
  TextArea,
} from '@patternfly/react-core'
import { Link } from 'react-router'
import type { TemplateView } from '../api/documents.ts'
import { asksLine, useAsks } from './asks-for.ts'
import { Choice } from './choice.tsx'

interface Props {
  readonly templates: readonly TemplateView[]
  /** Null = own text. */
  readonly template: string | null
  readonly text: string
  choose(template: string | null): void
  write(text: string): void
}

const EXAMPLE = 'NAME = "train"\nCPU = 4\nMEMORY = 16384\nPCI = [ VENDOR = "10de", CLASS = "0302" ]'

export function TemplateFields({ templates, template, text, choose, write }: Props) {
  return (
    <>
      <FormGroup role="radiogroup" label="Made of" fieldId="made-of" isInline>
        <Radio
          id="made-of-stored"
          name="made-of"
          label="A stored template"
          isChecked={template !== null}
          isDisabled={templates.length === 0}
          onChange={() => choose('')}
        />
        <Radio
          id="made-of-text"
          name="made-of"
          label="Text of your own"
          isChecked={template === null}
          onChange={() => choose(null)}
        />
      </FormGroup>
      {template === null ? (
        <FormGroup label="Template" fieldId="template-text" isRequired>
          <TextArea
            id="template-text"
            className="berth-code"
            rows={12}
            resizeOrientation="vertical"
            spellCheck={false}
            placeholder={EXAMPLE}
            value={text}
            onChange={(_, next) => write(next)}
          />
        </FormGroup>
      ) : (
        <Stored templates={templates} template={template} choose={choose} />
      )}
    </>
  )
}

function Stored({ templates, template, choose }: Pick<Props, 'templates' | 'choose'> & { template: string }) {
  const asksFor = useAsks()
  const chosen = templates.find(({ name }) => name === template)
  return (
    <FormGroup label="Template" fieldId="template-name" isRequired>
      <Choice
        id="template-name"
        label="Template"
        value={template}
        options={templates.map(({ name, text }) => ({ value: name, name, about: asksLine(asksFor(text)) }))}
        none="Choose a template"
        isFullWidth
        choose={choose}
      />
      {chosen !== undefined && (
        <FormHelperText>
          <HelperText>
            <HelperTextItem>
              Asks for {asksLine(asksFor(chosen.text))}. <Link to={`/templates/${chosen.id}`}>Read it</Link>
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  )
}
