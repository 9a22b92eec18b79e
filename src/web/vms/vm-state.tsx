/** A VM's state as a word and a colour, the same on every page; the colour never says more than the word. */
import { Label } from '@patternfly/react-core'
import type { VmState } from '../api/documents.ts'

type Colour = 'green' | 'blue' | 'teal' | 'purple' | 'orange' | 'red' | 'grey' | 'yellow'

/** In the order in which filters list them. */
export const VM_STATES_SHOWN: Readonly<
  Record<VmState, { readonly colour: Colour; readonly means: string; readonly isOutline?: true }>
> = {
  RUNNING: { colour: 'green', means: 'runs with its devices' },
  PENDING: { colour: 'yellow', means: 'waits to be placed on a host' },
  HOLD: { colour: 'purple', means: 'is not placed before somebody releases it' },
  BOOT: { colour: 'teal', means: 'has a host and devices, and is being started' },
  SHUTDOWN: { colour: 'blue', means: 'is being ended, and gives its devices back' },
  POWEROFF: { colour: 'grey', means: 'is stopped and has no devices' },
  UNKNOWN: { colour: 'orange', means: 'its host does not answer; it keeps its devices' },
  BOOT_FAILURE: { colour: 'red', means: 'could not be started; its devices are back' },
  DONE: { colour: 'grey', means: 'has ended for good', isOutline: true },
}

export function VmStateLabel({ state, isCompact = true }: { state: VmState; isCompact?: boolean }) {
  const { colour, means, isOutline } = VM_STATES_SHOWN[state]
  return (
    <Label
      color={colour}
      variant={isOutline ? 'outline' : 'filled'}
      isCompact={isCompact}
      title={`${state}: ${means}`}
    >
      {state}
    </Label>
  )
}
