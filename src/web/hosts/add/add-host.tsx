/** Adds a host: what it is called and what gives VMs there; then, for a host with an agent, what is to be typed on it. */
import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, documentOf } from '../../api/client.ts'
import type { HostView, JoinToken } from '../../api/documents.ts'
import { wordsOf } from '../../api/problem.ts'
import { announce } from '../../parts/announce.tsx'
import { HostForm } from './host-form.tsx'
import { JoinCommand } from './join-command.tsx'
import { bodyOf, NO_WISH, type Wish, wrongFilter } from './wish.ts'

interface Props {
  close(): void
}

const FORM = 'add-host'

interface Added {
  readonly host: HostView
  /** Of a host with an agent; null = none could be made. */
  readonly token: JoinToken | null
}

export function AddHost({ close }: Props) {
  const [wish, setWish] = useState<Wish>(NO_WISH)
  const queries = useQueryClient()
  const work = useMutation({
    mutationFn: add,
    onSuccess: ({ host, token }) => {
      void queries.invalidateQueries()
      if (token !== null || host.failure !== null || host.agent !== null) return
      announce(`${host.name} is added`)
      close()
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    work.mutate(wish)
  }
  const added = work.data
  return (
    <Modal isOpen variant="medium" onClose={close} aria-labelledby="add-host-title">
      <ModalHeader
        title={added === undefined ? 'Add a host' : `${added.host.name} is added`}
        labelId="add-host-title"
      />
      <ModalBody tabIndex={added === undefined ? undefined : 0} aria-label="Add a host">
        {added === undefined ? (
          <HostForm id={FORM} wish={wish} change={setWish} submit={submit} />
        ) : (
          <AddedHost added={added} />
        )}
        {work.isError && (
          <Alert isInline variant="danger" title="It was not added" className="berth-refusal">
            {wordsOf(work.error)}
          </Alert>
        )}
      </ModalBody>
      <ModalFooter>
        {added === undefined ? (
          <>
            <Button
              type="submit"
              form={FORM}
              isLoading={work.isPending}
              isDisabled={work.isPending || wish.name.trim() === '' || wrongFilter(wish.filter) !== null}
            >
              Add
            </Button>
            <Button variant="link" onClick={close}>
              Cancel
            </Button>
          </>
        ) : (
          <Button onClick={close}>Close</Button>
        )}
      </ModalFooter>
    </Modal>
  )
}

/** Without a token the host is there all the same: its actions make one. */
async function add(wish: Wish): Promise<Added> {
  const host = await documentOf(api.POST('/v1/hosts', { body: bodyOf(wish) }))
  if (host.agent === null) return { host, token: null }
  const params = { path: { host: String(host.id) } }
  const token = documentOf(api.POST('/v1/hosts/{host}/join-tokens', { params })).catch(() => null)
  return { host, token: await token }
}

function AddedHost({ added: { host, token } }: { readonly added: Added }) {
  if (token !== null) return <JoinCommand token={token} />
  if (host.agent !== null)
    return (
      <Alert isInline variant="warning" title="There is no join token yet">
        "Let an agent join" among the actions of {host.name} makes one.
      </Alert>
    )
  return (
    <Alert isInline variant="warning" title="It could not be probed">
      {host.failure}
    </Alert>
  )
}
