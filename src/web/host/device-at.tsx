/** A device's address, as the way to all that is known of it, from the host's other views. */
import { Link } from 'react-router'
import { shortText } from '../parts/device-name.ts'
import { devicePath } from '../parts/paths.ts'

interface Props {
  /** As the page's address has it. */
  readonly host: string
  readonly address: string
}

export function DeviceAt({ host, address }: Props) {
  return (
    <Link className="berth-code" to={devicePath(host, address)}>
      {shortText(address)}
    </Link>
  )
}
