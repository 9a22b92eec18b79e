/** The states of devices, said in one way: as the list of devices has them, and as the map and the counts of types do. */

import { readDeviceList } from '../../src/api/read/device-list.ts'
import { readDeviceMap, readDeviceTypes } from '../../src/api/read/device-map.ts'
import { readAllDeviceViews } from '../../src/api/read/devices.ts'
import { type KeptDevices, keepDevices } from '../../src/api/read/kept-devices.ts'
import type { Database } from '../../src/database/open.ts'
import { DEVICE_STATES, type DeviceState, type DeviceView } from '../../src/view/documents.ts'

interface States {
  /** `host address type name state vm` of offered devices. */
  readonly devices: readonly string[]
  /** Of each type: its states, and on how many hosts it is, and is free. */
  readonly types: Readonly<Record<string, unknown>>
  /** Of all devices, offered or not: where those in a state are. */
  readonly byState: Readonly<Partial<Record<DeviceState, readonly string[]>>>
}

const typeOf = ({ vendor, device, class: classId }: DeviceView) => `${vendor}:${device}:${classId}`

/** Made of a fresh reading of all devices. `lists`: states of which the places are told. */
export async function statesAsListed(
  db: Database,
  lists: readonly DeviceState[] = DEVICE_STATES,
): Promise<States> {
  const views = await db.read((q) => readAllDeviceViews(q, keepDevices()))
  const offered = views.filter((device) => device.offered && !device.bridge)
  const hostsOf = (devices: readonly DeviceView[]) => new Set(devices.map(({ host }) => host)).size
  const types = [...new Set(offered.map(typeOf))].map((type) => {
    const of = offered.filter((device) => typeOf(device) === type)
    const free = of.filter(({ state }) => state === 'free')
    const states = DEVICE_STATES.map(
      (state) => [state, of.filter((one) => one.state === state).length] as const,
    )
    return [
      type,
      {
        ...{ total: of.length, free: free.length, hosts: hostsOf(of), hostsWithFree: hostsOf(free) },
        states: Object.fromEntries(states.filter(([, count]) => count > 0)),
        kinds: [...new Set(of.map(({ kind }) => kind))].sort(),
      },
    ] as const
  })
  return {
    devices: offered
      .map((one) => `${one.host} ${one.address} ${typeOf(one)} ${one.deviceName} ${one.state} ${one.vm}`)
      .sort(),
    types: Object.fromEntries(types),
    byState: Object.fromEntries(
      lists.map((state) => [
        state,
        views.filter((one) => one.state === state).map(({ host, address }) => `${host} ${address}`),
      ]),
    ),
  }
}

/** As the map, the types and the list of devices in one state have them, with what earlier readings kept. */
export async function statesAsKept(
  db: Database,
  kept: KeptDevices,
  lists: readonly DeviceState[] = DEVICE_STATES,
): Promise<States> {
  return db.read(async (q) => {
    const types = await readDeviceTypes(q, kept)
    const map = await readDeviceMap(q, kept, { host: null })
    const byState: [DeviceState, readonly string[]][] = []
    for (const state of lists) {
      const wanted = { state, host: null, passes: null, after: null, limit: 1000 }
      const found = await readDeviceList(q, kept, wanted)
      byState.push([state, found.map(({ host, address }) => `${host} ${address}`)])
    }
    return {
      devices: map
        .flatMap(({ host, types }) =>
          types.flatMap(({ type, name, devices }) =>
            devices.map(({ address, state, vm }) => `${host} ${address} ${type} ${name} ${state} ${vm}`),
          ),
        )
        .sort(),
      types: Object.fromEntries(
        types.map(({ type, total, free, hosts, hostsWithFree, states, kinds }) => [
          type,
          { total, free, hosts, hostsWithFree, states, kinds: [...kinds].sort() },
        ]),
      ),
      byState: Object.fromEntries(byState),
    }
  })
}
