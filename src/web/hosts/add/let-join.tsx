/** A new join token for a host with an agent: its machine may have been replaced, or the first token was lost. */
import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { api, documentOf } from '../../api/client.ts'
import { wordsOf } from '../../api/problem.ts'
import { JoinCommand } from './join-command.tsx'

interface Props {
  readonly host: string
  /** One has joined already. */
  readonly hasAgent: boolean
  close(): void
}

export function LetJoin({ host, hasAgent, close }: Props) {
  const work = useMutation({
    mutationFn: () => documentOf(api.POST('/v1/hosts/{host}/join-tokens', { params: { path: { host } } })),
  })
  return (
    <Modal isOpen variant="medium" onClose={close} aria-labelledby="join-title">
      <ModalHeader title={`Let an agent join as ${host}`} labelId="join-title" />
      <ModalBody tabIndex={0} aria-label="What to do">
        {work.data !== undefined && <JoinCommand token={work.data} />}
        {work.data === undefined &&
          (hasAgent
            ? `The agent that ${host} has goes on until the new one has joined. Earlier join tokens of ${host} are void.`
            : `Earlier join tokens of ${host} are void.`)}
        {work.isError && (
          <Alert isInline variant="danger" title="No token was made" className="berth-refusal">
            {wordsOf(work.error)}
          </Alert>
        )}
      </ModalBody>
      <ModalFooter>
        {work.data === undefined && (
          <Button isLoading={work.isPending} isDisabled={work.isPending} onClick={() => work.mutate()}>
            Make a token
          </Button>
        )}
        <Button variant={work.data === undefined ? 'link' : 'primary'} onClick={close}>
          {work.data === undefined ? 'Cancel' : 'Close'}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
