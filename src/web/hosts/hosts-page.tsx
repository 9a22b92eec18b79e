/** All hosts: what they have, what of it is free, and who has the rest; as a list or as a map of devices. */
import './hosts.css'
import { PageSection, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { deviceMap, hostList } from '../api/queries.ts'
import { Heading } from '../parts/heading.tsx'
import { useSearchParam } from '../parts/search-param.ts'
import { Failed, Shown } from '../parts/shown.tsx'
import { AddHostButton } from './add/add-host-button.tsx'
import { type FleetHost, fleetOf } from './fleet.ts'
import { HostTable } from './list/host-table.tsx'
import { DeviceMap } from './map/device-map.tsx'
import { narrowed, withState } from './narrowed.ts'
import { Narrowing } from './narrowing.tsx'
import { NoHosts } from './no-hosts.tsx'
import { Sums } from './sums.tsx'
import { useDeviceState, useWanted } from './wanted.ts'

export function HostsPage() {
  const hosts = useQuery(hostList())
  const maps = useQuery(deviceMap())
  const fleet = useMemo(() => fleetOf(hosts.data ?? [], maps.data ?? []), [hosts.data, maps.data])
  return (
    <>
      <Heading title="Hosts" actions={<AddHostButton />} />
      <PageSection isFilled>
        <Shown query={hosts} what="the hosts">
          {() => (fleet.length === 0 ? <NoHosts /> : <Fleet fleet={fleet} />)}
        </Shown>
        {maps.error !== null && maps.data === undefined && (
          <Failed what="the devices" error={maps.error} again={() => void maps.refetch()} />
        )}
      </PageSection>
    </>
  )
}

function Fleet({ fleet }: { readonly fleet: readonly FleetHost[] }) {
  const [view, setView] = useSearchParam('view')
  const wanted = useWanted()
  const [state] = useDeviceState()
  const found = useMemo(() => narrowed(fleet, wanted), [fleet, wanted])
  const shown = useMemo(() => withState(found, state), [found, state])
  const isMap = view === 'map'
  return (
    <div className={isMap ? 'berth-hosts berth-hosts-map' : 'berth-hosts'}>
      <Sums fleet={found} />
      <div className="berth-hosts-tools">
        <ToggleGroup aria-label="View">
          <ToggleGroupItem text="List" isSelected={!isMap} onChange={() => setView('')} />
          <ToggleGroupItem text="Map" isSelected={isMap} onChange={() => setView('map')} />
        </ToggleGroup>
        <Narrowing fleet={fleet} shown={shown.length} wrong={wanted.devices.wrong} />
      </div>
      {isMap ? <DeviceMap fleet={shown} state={state} /> : <HostTable fleet={shown} />}
    </div>
  )
}
