/** A host's state, and whether there is a machine behind it, in the same words on every page. */
import { Label, Tooltip } from '@patternfly/react-core'
import type { HostState } from '../api/documents.ts'

export const HOST_STATES: Readonly<
  Record<HostState, { readonly colour: 'green' | 'grey' | 'orange' | 'red'; readonly means: string }>
> = {
  on: { colour: 'green', means: 'takes VMs' },
  off: { colour: 'grey', means: 'known to be down' },
  disabled: { colour: 'orange', means: 'an operator has it take no further VMs' },
  unknown: { colour: 'red', means: 'does not answer, or was not compared yet: it gets no VMs' },
}

export function HostStateLabel({ state }: { readonly state: HostState }) {
  return (
    <Label isCompact color={HOST_STATES[state].colour}>
      {state}
    </Label>
  )
}

/** For hosts that are nothing but files which Berth wrote. */
export function SimulatedLabel() {
  return (
    <Tooltip content="No machine is behind it: nothing but files that Berth wrote.">
      <Label isCompact variant="outline" tabIndex={0}>
        SIMULATED
      </Label>
    </Tooltip>
  )
}
