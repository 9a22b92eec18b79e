/** Which states are shown: any number of them, each with how many devices are in it. */
import { Badge, MenuToggle, Select, SelectList, SelectOption } from '@patternfly/react-core'
import { useState } from 'react'
import { DEVICE_STATES } from '../../parts/device-state.tsx'

interface Props {
  readonly counts: ReadonlyMap<string, number>
  readonly chosen: readonly string[]
  choose(states: readonly string[]): void
}

export function StateChoice({ counts, chosen, choose }: Props) {
  const [open, setOpen] = useState(false)
  const states = Object.entries(DEVICE_STATES)
  const flip = (state: string): void =>
    choose(chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state])
  return (
    <Select
      role="menu"
      aria-label="States"
      isOpen={open}
      onOpenChange={setOpen}
      selected={chosen}
      onSelect={(_, state) => flip(String(state))}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          isExpanded={open}
          onClick={() => setOpen(!open)}
          {...(chosen.length > 0 && { badge: <Badge isRead>{chosen.length}</Badge> })}
        >
          States
        </MenuToggle>
      )}
    >
      <SelectList>
        {states.map(([state, { means }]) => (
          <SelectOption
            key={state}
            value={state}
            hasCheckbox
            isSelected={chosen.includes(state)}
            description={means}
          >
            {state} ({counts.get(state) ?? 0})
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  )
}
