/** Asks what a template is to be called, and does what needs the name: creating, saving as new, renaming. */
import { Form, FormGroup, TextInput } from '@patternfly/react-core'
import { useState } from 'react'
import { Confirm } from '../parts/confirm.tsx'

interface Props {
  readonly title: string
  readonly action: string
  readonly name: string
  run(name: string): Promise<unknown>
  close(): void
}

export function NameTemplate({ title, action, name: before, run, close }: Props) {
  const [name, setName] = useState(before)
  return (
    <Confirm
      title={title}
      action={action}
      isDisabled={name.trim() === ''}
      run={() => run(name.trim())}
      close={close}
    >
      {(submit) => (
        <Form
          onSubmit={(event) => {
            event.preventDefault()
            submit()
          }}
        >
          <FormGroup label="Name of the template" fieldId="template-name" isRequired>
            <TextInput
              id="template-name"
              autoFocus
              isRequired
              autoComplete="off"
              value={name}
              onChange={(_, value) => setName(value)}
            />
          </FormGroup>
        </Form>
      )}
    </Confirm>
  )
}
