/** A group's state as a word, a colour and what it means; the same colours as those of devices. */
import { Label } from '@patternfly/react-core'
import type { GroupView } from '../../api/documents.ts'

export type GroupState = GroupView['state']

/** In the order in which the legend lists them. */
export const GROUP_STATES: Readonly<
  Record<GroupState, { readonly colour: 'green' | 'purple' | 'grey'; readonly means: string }>
> = {
  free: { colour: 'green', means: 'something in it can be given now' },
  held: { colour: 'purple', means: 'a VM has it' },
  unassignable: { colour: 'grey', means: 'nothing in it can be given now' },
  never: { colour: 'grey', means: 'only bridges and chipset functions, which no VM gets' },
}

export function GroupStateLabel({ state }: { readonly state: GroupState }) {
  return (
    <Label isCompact color={GROUP_STATES[state].colour} variant={state === 'never' ? 'outline' : 'filled'}>
      {state}
    </Label>
  )
}

/** `12`, or what the devices in no group are put under. */
export const groupName = (group: number | null): string => (group === null ? 'none' : String(group))

export const groupTitle = (group: number | null): string =>
  group === null ? 'In no IOMMU group' : `IOMMU group ${group}`
