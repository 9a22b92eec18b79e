/** What every window about a device is given. */
import type { DeviceView, HostView } from '../../../api/documents.ts'
import type { Affected } from '../affected.ts'

export interface DialogProps {
  readonly host: HostView
  readonly device: DeviceView
  readonly affected: Affected
  close(): void
}

/** `0000:3b:00.0 of kvm-a`: many hosts have a device at that address. */
export const deviceOfHost = ({ address, hostName }: Pick<DeviceView, 'address' | 'hostName'>): string =>
  `${address} of ${hostName}`

/** Of the requests about it. */
export const pathOf = ({ host, device }: Pick<DialogProps, 'host' | 'device'>) => ({
  path: { host: String(host.id), address: device.address },
})
