/** A host's row of the map: its name, then its devices, a square each, by type. */
import { Fragment, memo } from 'react'
import type { DeviceState } from '../../api/documents.ts'
import { HostStateLabel, SimulatedLabel } from '../../parts/host-state.tsx'
import { hostPath } from '../../parts/paths.ts'
import { cellClass } from '../device-swatch.tsx'
import type { FleetHost, TypeOnHost } from '../fleet.ts'

interface Props {
  readonly one: FleetHost
  readonly state: DeviceState | null
  /** Which of its links the Tab key comes to: 0 = the host, then its devices; -1 = none. */
  readonly place: number
}

/** Drawn anew for a host that changed: there are forty of them with forty devices each in sight. */
export const MapRow = memo(function MapRow({ one: { host, types }, state, place }: Props) {
  let item = 0
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: see the grid. */}
      <div role="rowheader" className="berth-map-host" tabIndex={-1}>
        <a href={hostPath(host.name)} data-item={0} tabIndex={place === 0 ? 0 : -1}>
          {host.name}
        </a>
        <span className="berth-host-labels">
          {host.state !== 'on' && <HostStateLabel state={host.state} />}
          {host.simulated && <SimulatedLabel />}
        </span>
      </div>
      <div className="berth-map-types" role="presentation">
        {types === null && <NoDevices words="..." />}
        {types?.length === 0 && <NoDevices words="no devices offered" />}
        {types?.map((type) => {
          const first = item + 1
          item += type.devices.length
          return (
            <Fragment key={type.type}>
              <TypeCells host={host.name} type={type} state={state} first={first} place={place} />
            </Fragment>
          )
        })}
      </div>
    </>
  )
})

function NoDevices({ words }: { readonly words: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid.
    <div role="gridcell" className="berth-quiet" tabIndex={-1}>
      {words}
    </div>
  )
}

interface TypeProps {
  readonly host: string
  readonly type: TypeOnHost
  readonly state: DeviceState | null
  /** The first device's place in the row. */
  readonly first: number
  readonly place: number
}

function TypeCells({ host, type, state: shown, first, place }: TypeProps) {
  const pci = `${hostPath(host)}/pci?filter=${encodeURIComponent(type.type)}`
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid.
    <div role="gridcell" className="berth-map-type" tabIndex={-1}>
      <span
        className={type.fullName === null ? 'berth-map-type-name berth-code' : 'berth-map-type-name'}
        title={type.fullName === null ? type.type : `${type.fullName} (${type.type})`}
      >
        {type.name}
      </span>
      <span className="berth-map-cells">
        {type.devices.map(({ address, state, vm }, index) => (
          // biome-ignore lint/a11y/useAnchorContent: its label says it; a text in each would double the nodes.
          <a
            key={address}
            href={`${pci}&device=${encodeURIComponent(address)}`}
            className={
              shown === null || shown === state ? cellClass(state) : `${cellClass(state)} berth-faint`
            }
            aria-label={vm === null ? `${address} ${state}` : `${address} ${state}, VM ${vm}`}
            data-address={address}
            data-item={first + index}
            tabIndex={place === first + index ? 0 : -1}
          />
        ))}
      </span>
    </div>
  )
}
