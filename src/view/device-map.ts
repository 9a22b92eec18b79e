/** Offered devices at a glance: by type on each host (the map), and over all hosts (the types). */
import type { DeviceKind } from '../model/device.ts'
import type { SnapshotHost } from '../model/snapshot.ts'
import type { DeviceState, DeviceTypeView, HostDevicesView, MapDevice } from './documents.ts'

/** The offered devices of one type on one host, bridges left out. */
export interface TypeOnHost
  extends Pick<
    DeviceTypeView,
    'type' | 'vendor' | 'device' | 'class' | 'vendorName' | 'deviceName' | 'className'
  > {
  readonly kinds: ReadonlySet<DeviceKind>
  /** In address order. */
  readonly devices: readonly MapDevice[]
}

/** `types` of this host, by type. */
export function hostDevicesView(
  { id, name, cluster, state }: SnapshotHost,
  types: readonly TypeOnHost[],
): HostDevicesView {
  return {
    ...{ host: id, hostName: name, cluster, state },
    types: types.map(({ type, deviceName, devices }) => ({ type, name: deviceName, devices })),
  }
}

const KINDS = ['plain', 'pf', 'vf'] as const

/** By type. `hosts`: what each has. The names are those that the first of them knows. */
export function deviceTypeViews(hosts: readonly (readonly TypeOnHost[])[]): readonly DeviceTypeView[] {
  const byType = new Map<string, TypeOnHost[]>()
  for (const one of hosts.flat()) {
    const same = byType.get(one.type)
    if (same) same.push(one)
    else byType.set(one.type, [one])
  }
  return [...byType.values()].map(typeView).sort((a, b) => (a.type < b.type ? -1 : 1))
}

function typeView(onHosts: readonly TypeOnHost[]): DeviceTypeView {
  const [first] = onHosts
  if (first === undefined) throw new Error('a type that no host has')
  const named = (name: 'vendorName' | 'deviceName' | 'className') =>
    onHosts.find((one) => one[name] !== null)?.[name] ?? null
  const states: Partial<Record<DeviceState, number>> = {}
  for (const { devices } of onHosts) for (const { state } of devices) states[state] = (states[state] ?? 0) + 1
  const withFree = onHosts.filter(({ devices }) => devices.some(({ state }) => state === 'free'))
  return {
    ...{ type: first.type, vendor: first.vendor, device: first.device, class: first.class },
    vendorName: named('vendorName'),
    deviceName: named('deviceName'),
    className: named('className'),
    kinds: KINDS.filter((kind) => onHosts.some(({ kinds }) => kinds.has(kind))),
    total: onHosts.reduce((sum, { devices }) => sum + devices.length, 0),
    free: states.free ?? 0,
    hosts: onHosts.length,
    hostsWithFree: withFree.length,
    states,
  }
}
