/** Which hosts, and which of their devices, are shown: what the page's address asks for. Pure. */
import type { DeviceState } from '../api/documents.ts'
import type { DeviceFilter } from './device-filter.ts'
import type { FleetHost } from './fleet.ts'

export interface Wanted {
  /** A part of the name. */
  readonly name: string
  /** Empty = any. */
  readonly cluster: string
  readonly state: string
  readonly devices: DeviceFilter
}

/** Hosts that have none of the devices that are asked for are left out, and of the others, their other devices. */
export function narrowed(fleet: readonly FleetHost[], wanted: Wanted): readonly FleetHost[] {
  const { devices } = wanted
  const name = wanted.name.trim().toLowerCase()
  const hosts = fleet.filter(
    ({ host }) =>
      host.name.toLowerCase().includes(name) &&
      (wanted.cluster === '' || host.cluster === wanted.cluster) &&
      (wanted.state === '' || host.state === wanted.state),
  )
  if (devices.isAny) return hosts
  return hosts.flatMap((one) => {
    const types = (one.types ?? []).filter((type) => devices.passes(type))
    return types.length === 0 ? [] : [{ ...one, types }]
  })
}

/** Those that have a device in that state. */
export function withState(fleet: readonly FleetHost[], state: DeviceState | null): readonly FleetHost[] {
  if (state === null) return fleet
  return fleet.filter(({ types }) =>
    types?.some(({ devices }) => devices.some((device) => device.state === state)),
  )
}
