/** A way out in words, with the place on the page where it is done. */
import { Link } from 'react-router'
import { counted } from '../../parts/amounts.ts'
import type { WayOut } from './ways-out.ts'

interface Props {
  readonly way: WayOut
  /** The host's page, `/hosts/kvm-a`. */
  readonly at: string
}

export function WayOutWords({ way, at }: Props) {
  switch (way.kind) {
    case 'vm':
      return (
        <>
          End <Link to={`/vms/${way.vm}`}>VM {way.vm}</Link>, or take its devices from it: then others can
          have them.
        </>
      )
    case 'usb':
      return (
        <>
          <Link to={`/vms/${way.vm}`}>VM {way.vm}</Link> has the{' '}
          <Link to={`${at}/usb`}>USB device {way.port}</Link> of <DeviceLink at={at} address={way.address} />:
          it has to give it back first.
        </>
      )
    case 'no-vfs':
      return (
        <>
          Set the number of <Link to={`${at}/sriov`}>virtual functions</Link> of{' '}
          <DeviceLink at={at} address={way.address} /> to 0, or give those in its place.
        </>
      )
    case 'allow':
      return (
        <>
          Have the host let go of <DeviceLink at={at} address={way.address} /> ({counted(way.uses, 'use')}),
          or allow it all the same where the host can spare it.
        </>
      )
    case 'undrain':
      return (
        <>
          Take the drain of <DeviceLink at={at} address={way.address} /> back.
        </>
      )
    case 'clear':
      return (
        <>
          Clear the quarantine of <DeviceLink at={at} address={way.address} />.
        </>
      )
    case 'offer':
      return (
        <>
          Let the filter of the <Link to={`${at}/overview`}>host</Link> offer{' '}
          <DeviceLink at={at} address={way.address} />.
        </>
      )
    case 'iommu':
      return (
        <>
          Turn on the IOMMU: <code>berth doctor</code> on the host tells what is missing.
        </>
      )
  }
}

/** Opens the device on the PCI tab. */
export function DeviceLink({ at, address }: { readonly at: string; readonly address: string }) {
  return (
    <Link className="berth-code" to={`${at}/pci?device=${encodeURIComponent(address)}`}>
      {address}
    </Link>
  )
}
