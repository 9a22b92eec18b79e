/** Where there is no host yet, or none is left of those that there are. */
import { Button } from '@patternfly/react-core'
import { Nothing } from '../parts/nothing.tsx'
import { AddHostButton } from './add/add-host-button.tsx'
import { useShowAll } from './wanted.ts'

export function NoHosts() {
  return (
    <Nothing title="No hosts yet" actions={<AddHostButton />}>
      A host is this machine, another one with an agent of its own, or a simulated one to try Berth with.
    </Nothing>
  )
}

export function NoneLeft() {
  const showAll = useShowAll()
  return (
    <Nothing
      title="No host is like that"
      actions={
        <Button variant="link" onClick={showAll}>
          Show all hosts
        </Button>
      }
    >
      None passes all of the filters.
    </Nothing>
  )
}
