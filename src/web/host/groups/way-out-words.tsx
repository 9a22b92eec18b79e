/** A way out in words, with the place on the page where it is done. */
import { Link } from 'react-router'
import { counted } from '../../parts/amounts.ts'
import { hostPath } from '../../parts/paths.ts'
import { DeviceAt } from '../device-at.tsx'
import type { WayOut } from './ways-out.ts'

interface Props {
  readonly way: WayOut
  /** As the page's address has it. */
  readonly host: string
}

export function WayOutWords({ way, host }: Props) {
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
          <Link to={hostPath(host, 'usb')}>USB device {way.port}</Link> of{' '}
          <DeviceAt host={host} address={way.address} />: it has to give it back first.
        </>
      )
    case 'no-vfs':
      return (
        <>
          Set the number of <Link to={hostPath(host, 'sriov')}>virtual functions</Link> of{' '}
          <DeviceAt host={host} address={way.address} /> to 0, or give those in its place.
        </>
      )
    case 'allow':
      return (
        <>
          Have the host let go of <DeviceAt host={host} address={way.address} /> ({counted(way.uses, 'use')}),
          or allow it all the same where the host can spare it.
        </>
      )
    case 'undrain':
      return (
        <>
          Take the drain of <DeviceAt host={host} address={way.address} /> back.
        </>
      )
    case 'clear':
      return (
        <>
          Clear the quarantine of <DeviceAt host={host} address={way.address} />.
        </>
      )
    case 'offer':
      return (
        <>
          Let the filter of the <Link to={hostPath(host, 'overview')}>host</Link> offer{' '}
          <DeviceAt host={host} address={way.address} />.
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
