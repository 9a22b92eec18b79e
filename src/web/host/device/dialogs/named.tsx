/** Devices and VMs that a window is about, by name. */
import { List, ListItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import type { DeviceView, HostView } from '../../../api/documents.ts'
import { vmList } from '../../../api/queries.ts'
import { deviceName } from '../../../parts/device-name.ts'

/** `VM 3 (gpu)`; the number alone where its name is not to be seen. */
export function VmName({ host, vm }: { readonly host: number; readonly vm: number }) {
  const { data } = useQuery(vmList({ host: String(host) }))
  const name = data?.find(({ id }) => id === vm)?.name
  return (
    <>
      VM {vm}
      {name !== undefined && ` (${name})`}
    </>
  )
}

/** Each with what it is and who has it. */
export function DeviceNames({ devices }: { readonly devices: readonly DeviceView[] }) {
  return (
    <List className="berth-names">
      {devices.map((device) => (
        <ListItem key={device.address}>
          <span className="berth-code">{device.address}</span> {deviceName(device)}, {device.state}
          {device.vm !== null && (
            <>
              {' '}
              (<VmName host={device.host} vm={device.vm} />)
            </>
          )}
        </ListItem>
      ))}
    </List>
  )
}

export function UsbNames({ devices }: { readonly devices: HostView['usb'] }) {
  return (
    <List className="berth-names">
      {devices.map(({ port, vendor, product, vendorName, productName, vm }) => (
        <ListItem key={port}>
          Port <span className="berth-code">{port}</span>{' '}
          {[vendorName, productName ?? `${vendor}:${product}`].filter(Boolean).join(' ')}
          {vm !== null && `, with VM ${vm}`}
        </ListItem>
      ))}
    </List>
  )
}

/** The VM that has it goes on with it. */
export function Keeps({ device }: { readonly device: DeviceView }) {
  if (device.vm === null) return null
  return (
    <p>
      <VmName host={device.host} vm={device.vm} /> has it, and keeps it until it stops.
    </p>
  )
}
