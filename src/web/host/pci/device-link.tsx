/** A device's address, as the way to what is known of it; what the page is narrowed to stays. */
import { Link, useSearchParams } from 'react-router'
import { shortText } from '../../parts/device-name.ts'

/** The parameter that names the device whose panel is open. */
export const DEVICE = 'device'

export function DeviceLink({ address }: { readonly address: string }) {
  const [search] = useSearchParams()
  const next = new URLSearchParams(search)
  next.set(DEVICE, address)
  return (
    <Link className="berth-code berth-address" data-address={address} to={{ search: String(next) }}>
      {shortText(address)}
    </Link>
  )
}
