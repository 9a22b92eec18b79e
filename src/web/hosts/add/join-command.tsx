/** What to type on a machine so that it becomes a host's agent. The token is shown this once. */
import { Form, FormGroup, TextInput } from '@patternfly/react-core'
import { useId, useState } from 'react'
import type { JoinToken } from '../../api/documents.ts'
import { Command } from './command.tsx'

export function JoinCommand({
  token: { hostName, token, expiresAt, server },
}: {
  readonly token: JoinToken
}) {
  const [url, setUrl] = useState(server ?? location.origin)
  const id = useId()
  return (
    <div className="berth-join">
      <p>
        Type this on {hostName}, as root, once, before {new Date(expiresAt).toLocaleString()}. The token is
        shown this once.
      </p>
      <Command
        copyLabel="Copy what to join with"
        text={`berth agent join --server ${url} --token ${token}`}
      />
      <p>Then start the agent:</p>
      <Command copyLabel="Copy what starts the agent" text="berth agent run" />
      <Form onSubmit={(event) => event.preventDefault()}>
        <FormGroup label="Where that machine reaches the controller" fieldId={id}>
          <TextInput id={id} value={url} onChange={(_, text) => setUrl(text)} />
        </FormGroup>
      </Form>
    </div>
  )
}
