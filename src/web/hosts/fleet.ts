/** Hosts with their devices by type, as the list and the map show them. Pure. */
import type { DeviceState, HostSummary, MappedHost } from '../api/documents.ts'
import { byWeight, shortNames } from './type-name.ts'

export interface TypeOnHost {
  /** `10de:20b2:0302` */
  readonly type: string
  /** In a few words. */
  readonly name: string
  /** As pci.ids has it; null = not known. */
  readonly fullName: string | null
  readonly devices: MappedHost['types'][number]['devices']
  readonly free: number
}

export interface FleetHost {
  readonly host: HostSummary
  /** Null = not read yet. */
  readonly types: readonly TypeOnHost[] | null
}

const names = new Intl.Collator('en', { numeric: true })

/** By name, as people sort them. */
export function fleetOf(hosts: readonly HostSummary[], maps: readonly MappedHost[]): readonly FleetHost[] {
  const byHost = new Map(maps.map((map) => [map.host, map]))
  const fleet = hosts.map((host) => {
    const map = byHost.get(host.id)
    return { host, types: map === undefined ? null : typesOf(map) }
  })
  return fleet.sort((a, b) => names.compare(a.host.name, b.host.name))
}

const known = new WeakMap<MappedHost, readonly TypeOnHost[]>()

/** The same for the same document: of two thousand hosts a change is about a few. */
function typesOf(map: MappedHost): readonly TypeOnHost[] {
  const before = known.get(map)
  if (before !== undefined) return before
  const names = shortNames(map.types.map(({ type, name }) => ({ type, fullName: name })))
  const types = map.types
    .map(({ type, name, devices }) => ({
      ...{ type, name: names.get(type) ?? type, fullName: name, devices },
      free: devices.filter(({ state }) => state === 'free').length,
    }))
    .sort(byWeight)
  known.set(map, types)
  return types
}

export type StateCounts = ReadonlyMap<DeviceState, number>

export function countStates(fleet: readonly FleetHost[]): StateCounts {
  const counts = new Map<DeviceState, number>()
  for (const { types } of fleet)
    for (const { devices } of types ?? [])
      for (const { state } of devices) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}

export interface TypeTotal extends Pick<TypeOnHost, 'type' | 'name' | 'fullName'> {
  readonly free: number
  readonly total: number
}

/** All types that some host has. */
export function typeTotals(fleet: readonly FleetHost[]): readonly TypeTotal[] {
  const totals = new Map<string, TypeTotal>()
  for (const { types } of fleet)
    for (const { type, name, fullName, free, devices } of types ?? []) {
      const before = totals.get(type) ?? { type, name, fullName, free: 0, total: 0 }
      totals.set(type, { ...before, free: before.free + free, total: before.total + devices.length })
    }
  return [...totals.values()].sort(byWeight)
}
