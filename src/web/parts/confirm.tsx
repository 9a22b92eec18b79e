/** Before something is changed: what will be done, to what, and who is affected, by name; then the API's answer, or its refusal. */
import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef } from 'react'
import { wordsOf } from '../api/problem.ts'
import { announce } from './announce.tsx'

export interface ConfirmProps<T = unknown> {
  /** `Drain 0000:3b:00.0` */
  readonly title: string
  /** The button: the same verb as in the title. */
  readonly action: string
  /** What was taken away does not come back by itself. */
  readonly isDanger?: boolean
  /** The form is not filled in yet. */
  readonly isDisabled?: boolean
  /** A form in it gives its `submit`, so that Enter does what the button does. */
  readonly children: ReactNode | ((submit: () => void) => ReactNode)
  /** Rejects with the reason, which is shown; the window stays open then. */
  run(): Promise<T>
  /** What came of it, announced; left out = what is shown says it. */
  done?(result: T): string
  close(): void
}

export function Confirm<T>({
  title,
  action,
  isDanger = false,
  isDisabled = false,
  children,
  run,
  done,
  close,
}: ConfirmProps<T>) {
  const queries = useQueryClient()
  const isHere = useIsHere()
  const work = useMutation({
    mutationFn: run,
    onSuccess: (result) => {
      // The stream tells of it too, a moment later.
      void queries.invalidateQueries()
      if (done !== undefined) announce(done(result))
      // Another window may stand in its place by now.
      if (isHere.current) close()
    },
    onError: (error) => {
      if (!isHere.current) announce(`${title}: it was not done. ${wordsOf(error)}`, true)
    },
  })
  const submit = (): void => {
    if (!work.isPending && !isDisabled) work.mutate()
  }
  return (
    <Modal
      isOpen
      variant="small"
      onClose={close}
      aria-labelledby="confirm-title"
      aria-describedby="confirm-body"
    >
      <ModalHeader
        title={title}
        labelId="confirm-title"
        {...(isDanger && { titleIconVariant: 'warning' as const })}
      />
      <ModalBody id="confirm-body">
        {typeof children === 'function' ? children(submit) : children}
        {work.isError && (
          <Alert isInline component="p" variant="danger" title="It was not done" className="berth-refusal">
            {wordsOf(work.error)}
          </Alert>
        )}
      </ModalBody>
      <ModalFooter>
        <Button
          variant={isDanger ? 'danger' : 'primary'}
          isLoading={work.isPending}
          isDisabled={work.isPending || isDisabled}
          onClick={submit}
        >
          {action}
        </Button>
        <Button variant="link" onClick={close}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  )
}

/** Whether the window is open: it may be closed before the answer comes. */
function useIsHere() {
  const isHere = useRef(true)
  useEffect(() => {
    isHere.current = true
    return () => {
      isHere.current = false
    }
  }, [])
  return isHere
}
