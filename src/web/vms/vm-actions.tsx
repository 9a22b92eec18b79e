/** What can be asked of a VM in the state that it is in, by who is signed in. */
import { Alert, AlertActionCloseButton, Button } from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { possibleActions, type VmAction } from '../../model/vm-action.ts'
import type { VmView } from '../api/documents.ts'
import { wordsOf } from '../api/problem.ts'
import { useMay } from '../app/rights.ts'
import { announce } from '../parts/announce.tsx'
import { type Asked, askVm, nameAndId, useReadAgain } from './ask.ts'
import { DeployVm } from './deploy.tsx'
import { EndVm } from './ends.tsx'

/** At once: nothing is taken from anybody. */
const AT_ONCE: readonly (readonly [Asked & VmAction, string])[] = [
  ['release', 'Release'],
  ['start', 'Start'],
  ['hold', 'Hold'],
]

const DONE: Readonly<Record<Asked, string>> = {
  release: 'released',
  start: 'to be started',
  hold: 'on hold',
  stop: 'being stopped',
  terminate: 'being terminated',
}

type Window = 'stop' | 'terminate' | 'deploy'

export function VmActions({ vm }: { readonly vm: VmView }) {
  const [window, setWindow] = useState<Window | null>(null)
  const readAgain = useReadAgain()
  const ask = useMutation({
    mutationFn: (action: Asked) => askVm(vm.id, action),
    onSuccess: async (_, action) => {
      announce(`${nameAndId(vm)} is ${DONE[action]}`)
      await readAgain()
    },
  })
  const mayAsk = useMay('user')
  const mayDeploy = useMay('operator')
  const possible = possibleActions(vm.state)
  if (!mayAsk) return null
  const close = () => setWindow(null)
  return (
    <>
      {AT_ONCE.filter(([action]) => possible.includes(action)).map(([action, name]) => (
        <Button
          key={action}
          variant={action === 'hold' ? 'secondary' : 'primary'}
          isLoading={ask.isPending && ask.variables === action}
          isDisabled={ask.isPending}
          onClick={() => ask.mutate(action)}
        >
          {name}
        </Button>
      ))}
      {possible.includes('stop') && (
        <Button variant="secondary" onClick={() => setWindow('stop')}>
          Stop
        </Button>
      )}
      {mayDeploy && possible.includes('deploy') && (
        <Button variant="secondary" onClick={() => setWindow('deploy')}>
          Deploy to a host
        </Button>
      )}
      {possible.includes('terminate') && (
        <Button variant="secondary" isDanger onClick={() => setWindow('terminate')}>
          Terminate
        </Button>
      )}
      {window === 'deploy' && <DeployVm vm={vm} close={close} />}
      {(window === 'stop' || window === 'terminate') && <EndVm vm={vm} action={window} close={close} />}
      {ask.isError && (
        <Alert
          isInline
          variant="danger"
          title={wordsOf(ask.error)}
          component="p"
          actionClose={<AlertActionCloseButton onClose={() => ask.reset()} />}
        />
      )}
    </>
  )
}
