/** What a VM holds, in a table's cell: one chip each, by its address or port; what is not attached says its state. */
import { Label } from '@patternfly/react-core'
import type { VmSummary } from '../api/documents.ts'
import { shortText } from '../parts/device-name.ts'
import { DEVICE_STATES } from '../parts/device-state.tsx'

/** The others are on the VM's own page. */
const SHOWN = 4

interface Chip {
  readonly key: string
  readonly name: string
  readonly title: string
  readonly state: keyof typeof DEVICE_STATES
}

export function DeviceChips({ vm }: { readonly vm: VmSummary }) {
  const chips = [...vm.devices.map(chipOf), ...vm.usb.map(usbChipOf)]
  const more = chips.slice(SHOWN)
  return (
    <span className="berth-vm-chips">
      {chips.slice(0, SHOWN).map(({ key, name, title, state }) => (
        <Label key={key} isCompact color={DEVICE_STATES[state].colour} title={title} className="berth-code">
          {state === 'attached' ? name : `${name} ${state}`}
        </Label>
      ))}
      {more.length > 0 && (
        <Label isCompact variant="outline" title={more.map(({ title }) => title).join('\n')}>
          +{more.length}
        </Label>
      )}
    </span>
  )
}

function chipOf({ address, role, type, name, state }: VmSummary['devices'][number]): Chip {
  const held = role === 'held' ? ', held with its group' : ''
  return {
    key: address,
    name: shortText(address),
    title: `${address}: ${name ?? type}, ${state}${held}`,
    state,
  }
}

function usbChipOf({ port, id, name, state }: VmSummary['usb'][number]): Chip {
  return { key: `usb ${port}`, name: `usb ${port}`, title: `USB ${port}: ${name ?? id}, ${state}`, state }
}
