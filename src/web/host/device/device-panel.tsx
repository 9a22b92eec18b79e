/** All that is known of one device, beside the table that it was chosen in. */
import { Button, Title } from '@patternfly/react-core'
import Close from '@patternfly/react-icons/dist/esm/icons/times-icon'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { createPortal } from 'react-dom'
import type { HostView } from '../../api/documents.ts'
import { MAIN } from '../../app/frame.tsx'
import { deviceName } from '../../parts/device-name.ts'
import { DeviceActions } from './device-actions.tsx'
import { DeviceFacts } from './device-facts.tsx'
import { DeviceHistory } from './device-history.tsx'

interface Props {
  readonly host: HostView
  readonly address: string
  close(): void
}

export function DevicePanel({ host, address, close }: Props) {
  const panel = useRef<HTMLElement>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const device = host.devices.find((one) => one.address === address)
  // The keyboard goes where the eyes do, and back to the row.
  useEffect(() => {
    title.current?.focus()
    return () => document.querySelector<HTMLElement>(`[data-address="${CSS.escape(address)}"]`)?.focus()
  }, [address])
  const onKeyDown = (event: KeyboardEvent): void => {
    // A window that stands over it has its own Escape.
    const isHere = event.target instanceof Node && panel.current?.contains(event.target)
    if (event.key === 'Escape' && isHere) close()
  }
  return createPortal(
    <aside ref={panel} className="berth-panel" aria-labelledby="device-title" onKeyDown={onKeyDown}>
      <div className="berth-panel-head">
        <div>
          <Title headingLevel="h2" size="lg" id="device-title" ref={title} tabIndex={-1}>
            <span className="berth-panel-address">{address}</span>
          </Title>
          {device !== undefined && <p className="berth-subtle">{deviceName(device)}</p>}
        </div>
        <Button variant="plain" aria-label="Close the device" icon={<Close />} onClick={close} />
      </div>
      {device === undefined ? (
        <p>{host.name} has no such device.</p>
      ) : (
        <>
          <DeviceActions key={address} host={host} device={device} />
          <DeviceFacts host={host} device={device} />
          <DeviceHistory host={host} address={address} />
        </>
      )}
    </aside>,
    document.getElementById(MAIN)?.parentElement ?? document.body,
  )
}
