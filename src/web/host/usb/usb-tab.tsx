/** A host's USB devices, by bus and port: what can be given, what a VM has, what the host needs. */
import './usb.css'
import { Checkbox } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { HostView } from '../../api/documents.ts'
import { hostOf } from '../../api/queries.ts'
import { counted } from '../../parts/amounts.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { Nothing } from '../../parts/nothing.tsx'
import { useSearchParam } from '../../parts/search-param.ts'
import { Shown } from '../../parts/shown.tsx'
import { usbColumns } from './columns.tsx'
import { usbRows } from './tree.ts'

export function UsbTab({ host }: { readonly host: string }) {
  const query = useQuery(hostOf(host))
  return (
    <Shown query={query} what="its USB devices">
      {({ usb }) => <Devices host={host} usb={usb} />}
    </Shown>
  )
}

interface Props {
  /** As the page's address has it. */
  readonly host: string
  readonly usb: HostView['usb']
}

function Devices({ host, usb }: Props) {
  const [only, show] = useSearchParam('show')
  const isFree = only === 'free'
  const rows = useMemo(
    () => usbRows(isFree ? usb.filter(({ state }) => state === 'free') : usb),
    [usb, isFree],
  )
  const columns = useMemo(() => usbColumns(host), [host])
  const devices = usb.filter(({ hub }) => !hub)
  const free = devices.filter(({ state }) => state === 'free')
  if (usb.length === 0)
    return <Nothing title="No USB device is known">Nothing is plugged in, or the host has no USB.</Nothing>
  return (
    <>
      <div className="berth-usb-head">
        <span role="status">
          {counted(devices.length, 'device')}, {free.length} free
        </span>
        <Checkbox
          id="usb-free"
          label="Only those that are free"
          isChecked={isFree}
          onChange={(_, checked) => show(checked ? 'free' : '')}
        />
      </div>
      <DataTable
        label="USB devices"
        rows={rows}
        columns={columns}
        keyOf={({ device }) => `${device.port} ${device.device} ${device.identity}`}
        empty={<Nothing title="No USB device is free" />}
        rowClass={({ device }) => (device.hub ? 'berth-usb berth-usb-hub' : 'berth-usb')}
      />
    </>
  )
}
