/** Asks before somebody leaves work that is not saved: another page, the way back, and closing the tab. */
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { useBeforeUnload, useBlocker } from 'react-router'

/** `isChanged`: whether there is something to lose, as of now. */
export function Leave({ isChanged }: { readonly isChanged: () => boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isChanged() && currentLocation.pathname !== nextLocation.pathname,
  )
  useBeforeUnload((event) => {
    if (isChanged()) event.preventDefault()
  })
  if (blocker.state !== 'blocked') return null
  return (
    <Modal
      isOpen
      variant="small"
      onClose={() => blocker.reset()}
      aria-labelledby="leave-title"
      aria-describedby="leave-body"
    >
      <ModalHeader title="Leave without saving?" labelId="leave-title" titleIconVariant="warning" />
      <ModalBody id="leave-body">
        What you changed in this template is not saved, and would be lost.
      </ModalBody>
      <ModalFooter>
        <Button onClick={() => blocker.reset()}>Stay</Button>
        <Button variant="link" isDanger onClick={() => blocker.proceed()}>
          Leave
        </Button>
      </ModalFooter>
    </Modal>
  )
}
