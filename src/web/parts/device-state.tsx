/** A device's state as a word and a colour, the same on every page; the colour never says more than the word. */
import { Label } from '@patternfly/react-core'
import type { DeviceState } from '../api/documents.ts'

type Colour = 'green' | 'blue' | 'teal' | 'purple' | 'orange' | 'red' | 'grey' | 'yellow'

/** In the order in which legends list them. */
export const DEVICE_STATES: Readonly<
  Record<DeviceState, { readonly colour: Colour; readonly means: string }>
> = {
  free: { colour: 'green', means: 'can be given to a VM now' },
  claimed: { colour: 'teal', means: 'promised to a VM that is about to run' },
  attached: { colour: 'blue', means: 'in a running VM' },
  held: { colour: 'purple', means: 'kept with a VM that has a device of its IOMMU group' },
  releasing: { colour: 'yellow', means: 'on its way back from a VM' },
  drained: { colour: 'orange', means: 'given to no further VM, by an operator' },
  quarantined: { colour: 'red', means: 'not trusted' },
  missing: { colour: 'grey', means: 'not seen any more' },
  unassignable: { colour: 'grey', means: 'cannot be given' },
}

export function DeviceStateLabel({ state }: { readonly state: DeviceState }) {
  return (
    <Label isCompact color={DEVICE_STATES[state].colour} variant={state === 'missing' ? 'outline' : 'filled'}>
      {state}
    </Label>
  )
}
