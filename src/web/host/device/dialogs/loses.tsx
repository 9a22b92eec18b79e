/** What the host has of a device, and has no more once it is on vfio-pci. */
import type { DeviceView, HostView } from '../../../api/documents.ts'
import { UsbNames } from './named.tsx'

interface Props {
  readonly device: DeviceView
  readonly usb: HostView['usb']
}

export function Loses({ device: { hostName, networkInterfaces, inUse }, usb }: Props) {
  return (
    <>
      {networkInterfaces.length > 0 && (
        <p>
          {hostName} loses its network {networkInterfaces.length === 1 ? 'interface' : 'interfaces'}{' '}
          <span className="berth-code">{networkInterfaces.join(' ')}</span>.
        </p>
      )}
      {usb.length > 0 && (
        <>
          <p>{hostName} loses the USB devices below it:</p>
          <UsbNames devices={usb} />
        </>
      )}
      {inUse.length > 0 && (
        <p>
          {hostName} uses it, and refuses: {inUse.map(({ reason, detail }) => detail || reason).join('; ')}.
        </p>
      )}
    </>
  )
}
