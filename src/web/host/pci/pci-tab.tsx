/** A host's PCI devices: who has which, what is free, and why the others are not. */
import { Button } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { parseAddress } from '../../../model/address.ts'
import type { HostView } from '../../api/documents.ts'
import { hostOf } from '../../api/queries.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { Nothing } from '../../parts/nothing.tsx'
import { useSearchParam } from '../../parts/search-param.ts'
import { Shown } from '../../parts/shown.tsx'
import { DevicePanel } from '../device/device-panel.tsx'
import { pciColumns } from './columns.tsx'
import { DEVICE } from './device-link.tsx'
import { isNarrowed, narrowed } from './narrow.ts'
import { type Narrowed, useNarrowing } from './narrowing.ts'
import { useDeviceTree } from './open-pfs.ts'
import { PciToolbar } from './toolbar.tsx'

export function PciTab({ host }: { readonly host: string }) {
  return (
    <Shown query={useQuery(hostOf(host))} what="the host">
      {(found) => <PciDevices host={found} />}
    </Shown>
  )
}

interface Empty {
  readonly host: HostView
  readonly narrowed: Narrowed
}

function PciDevices({ host }: { readonly host: HostView }) {
  const { devices } = host
  const narrowing = useNarrowing()
  const [named, select] = useSearchParam(DEVICE)
  const selected = parseAddress(named) ?? named
  const shown = useMemo(() => narrowed(devices, narrowing.narrowing), [devices, narrowing.narrowing])
  const tree = useDeviceTree(shown, isNarrowed(narrowing.narrowing))
  const columns = useMemo(() => pciColumns(tree), [tree])
  const classes = [
    'berth-pci',
    ...(tree.counts.size > 0 ? ['berth-has-tree'] : []),
    ...(selected === '' ? [] : ['berth-has-panel']),
  ]
  return (
    <div className={classes.join(' ')}>
      <PciToolbar devices={devices} shown={shown.length} narrowed={narrowing} tree={tree} />
      <DataTable
        label="PCI devices"
        rows={shown}
        columns={columns}
        keyOf={({ address }) => address}
        arrange={tree.arrange}
        rowClass={({ address }) => (address === selected ? 'berth-selected' : undefined)}
        empty={<NoDevices host={host} narrowed={narrowing} />}
      />
      {selected !== '' && <DevicePanel host={host} address={selected} close={() => select('')} />}
    </div>
  )
}

function NoDevices({ host, narrowed: { narrowing, clear, setAll } }: Empty) {
  if (isNarrowed(narrowing))
    return (
      <Nothing
        title="No device is like that"
        actions={
          <Button variant="secondary" onClick={clear}>
            Show all
          </Button>
        }
      />
    )
  if (host.reportedAt === null)
    return <Nothing title="It has not been probed yet">Its devices are known with its first report.</Nothing>
  if (host.devices.length === 0)
    return <Nothing title="It has no PCI devices">The last report told of none.</Nothing>
  return (
    <Nothing
      title="It offers no PCI devices"
      actions={<Button onClick={() => setAll(true)}>Show what is not offered</Button>}
    >
      Its filter, {host.filter ?? 'which passes all'}, leaves all {host.devices.length} out.
    </Nothing>
  )
}
