/** Offered devices at a glance: the map of a host, and types counted over all hosts. */
import type { DeviceKind } from '../model/device.ts'
import type { SnapshotHost } from '../model/snapshot.ts'
import { DEVICE_STATES, type DeviceState, type DeviceTypeView, type HostDevicesView } from './documents.ts'
import type { TypeNames, TypeOnHost } from './types-on-host.ts'

/** `types`: of this host's offered devices. */
export function hostDevicesView(
  { id, name, cluster, state }: SnapshotHost,
  types: readonly TypeOnHost[],
): HostDevicesView {
  return {
    ...{ host: id, hostName: name, cluster, state },
    types: types.map(({ type, names, devices }) => ({ type, name: names.deviceName, devices })),
  }
}

/** By type. `hosts`: the offered devices of each. A name is that which the first host that knows one has. */
export function deviceTypeViews(hosts: readonly (readonly TypeOnHost[])[]): readonly DeviceTypeView[] {
  const byType = new Map<string, TypeOnHost[]>()
  for (const types of hosts)
    for (const one of types) {
      const same = byType.get(one.type)
      if (same) same.push(one)
      else byType.set(one.type, [one])
    }
  return [...byType.values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [typeView(first, others)]))
    .sort((a, b) => (a.type < b.type ? -1 : 1))
}

const KINDS: readonly DeviceKind[] = ['plain', 'pf', 'vf']

function typeView(first: TypeOnHost, others: readonly TypeOnHost[]): DeviceTypeView {
  const all = [first, ...others]
  const name = (which: keyof TypeNames) =>
    all.find(({ names }) => names[which] !== null)?.names[which] ?? null
  const counts = DEVICE_STATES.map((state) => [state, sum(all, state)] as const)
  return {
    ...{ type: first.type, vendor: first.vendor, device: first.device, class: first.class },
    ...{ vendorName: name('vendorName'), deviceName: name('deviceName'), className: name('className') },
    kinds: KINDS.filter((kind) => all.some(({ kinds }) => kinds.has(kind))),
    total: all.reduce((total, { devices }) => total + devices.length, 0),
    free: sum(all, 'free'),
    hosts: all.length,
    hostsWithFree: all.filter(({ states }) => (states.free ?? 0) > 0).length,
    states: Object.fromEntries(counts.filter(([, count]) => count > 0)),
  }
}

function sum(types: readonly TypeOnHost[], state: DeviceState): number {
  return types.reduce((total, { states }) => total + (states[state] ?? 0), 0)
}
