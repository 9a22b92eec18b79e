/** Sign-in with a token, tried before it is kept. */
import {
  ActionGroup,
  Alert,
  Button,
  Checkbox,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextInput,
  Title,
} from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Refused, refusedBy, unreachable, wordsOf } from '../api/problem.ts'
import { BerthMark } from './mark.tsx'
import { signIn, useSession } from './session.ts'

export function SignIn() {
  const { ended } = useSession()
  const [token, setToken] = useState('')
  const [keep, setKeep] = useState(false)
  const trial = useMutation({ mutationFn: tried, onSuccess: () => signIn(token.trim(), keep) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    trial.mutate(token.trim())
  }
  return (
    <main className="berth-sign-in">
      <div className="berth-sign-in-card">
        <BerthMark size={40} />
        <Title headingLevel="h1" size="2xl">
          Sign in to Berth
        </Title>
        {ended !== null && trial.isIdle && (
          <Alert isInline variant="info" title={`You were signed out: ${ended}`} component="p" />
        )}
        {trial.isError && <Alert isInline variant="danger" title={failure(trial.error)} component="p" />}
        <Form onSubmit={submit}>
          <FormGroup label="Token" fieldId="token" isRequired>
            <TextInput
              id="token"
              type="password"
              autoComplete="off"
              isRequired
              value={token}
              onChange={(_, value) => setToken(value)}
              aria-describedby="token-help"
            />
            <FormHelperText>
              <HelperText id="token-help">
                <HelperTextItem>
                  An administrator makes one: <code>berth token create NAME --role operator</code>
                </HelperTextItem>
              </HelperText>
            </FormHelperText>
          </FormGroup>
          <Checkbox
            id="keep"
            label="Keep me signed in in this browser"
            isChecked={keep}
            onChange={(_, checked) => setKeep(checked)}
          />
          <ActionGroup>
            <Button type="submit" isBlock isLoading={trial.isPending} isDisabled={token.trim() === ''}>
              Sign in
            </Button>
          </ActionGroup>
        </Form>
      </div>
    </main>
  )
}

/** `Refused` where the controller does not take it. */
async function tried(token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch('/v1/me', { headers, cache: 'no-store' }).catch((error: unknown) => {
    throw unreachable(error)
  })
  if (!answer.ok) throw refusedBy(answer.status, await answer.json().catch(() => null))
}

function failure(error: unknown): string {
  if (error instanceof Refused && error.code === 'token-invalid')
    return 'The controller does not know this token'
  return wordsOf(error)
}
