/** Devices by address and name, one a line, where somebody is to know which are meant. */
import { shortText } from '../parts/device-name.ts'

interface Line {
  readonly address: string
  readonly type: string
  readonly name: string | null
  readonly role?: 'passed' | 'held'
}

interface UsbLine {
  readonly port: string
  readonly id: string
  readonly name: string | null
}

interface Props {
  readonly label: string
  readonly devices: readonly Line[]
  readonly usb?: readonly UsbLine[]
}

export function DeviceLines({ label, devices, usb = [] }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard, too
    <ul className="berth-vm-affected" tabIndex={0} aria-label={label}>
      {devices.map(({ address, type, name, role }) => (
        <li key={address}>
          <span className="berth-code">{shortText(address)}</span> {name ?? type}
          {role === 'held' && <span className="berth-vm-quiet"> (held with its group)</span>}
        </li>
      ))}
      {usb.map(({ port, id, name }) => (
        <li key={`usb ${port}`}>
          <span className="berth-code">usb {port}</span> {name ?? id}
        </li>
      ))}
    </ul>
  )
}
