/** The devices of one host by type, with the state of each: what the map and the counts of types are made of. */
import { type Address, compareAddresses } from '../model/address.ts'
import type { DeviceKind } from '../model/device.ts'
import type { SnapshotDevice } from '../model/snapshot.ts'
import { deviceType } from './device.ts'
import { heldState } from './device-state.ts'
import type { DeviceState, DeviceTypeView, MapDevice } from './documents.ts'
import type { Holder } from './inventory.ts'

export type TypeNames = Pick<DeviceTypeView, 'vendorName' | 'deviceName' | 'className'>

/** The devices of one type on one host. */
export interface TypeOnHost extends Pick<DeviceTypeView, 'type' | 'vendor' | 'device' | 'class' | 'states'> {
  readonly names: TypeNames
  readonly kinds: ReadonlySet<DeviceKind>
  /** In address order. */
  readonly devices: readonly MapDevice[]
}

/** A device and its state, whoever may hold it left aside. */
export interface UnheldDevice
  extends Pick<SnapshotDevice, 'address' | 'vendorId' | 'deviceId' | 'classId' | 'kind'> {
  readonly state: DeviceState
}

const UNNAMED: TypeNames = { vendorName: null, deviceName: null, className: null }

/** By type, without their names. */
export function typesOnHost(devices: readonly UnheldDevice[]): readonly TypeOnHost[] {
  const groups = new Map<string, UnheldDevice[]>()
  for (const device of [...devices].sort((a, b) => compareAddresses(a.address, b.address))) {
    const type = deviceType(device)
    const same = groups.get(type)
    if (same) same.push(device)
    else groups.set(type, [device])
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([type, [first, ...others]]) => (first === undefined ? [] : [typeOf(type, first, others)]))
}

function typeOf(type: string, first: UnheldDevice, others: readonly UnheldDevice[]): TypeOnHost {
  const all = [first, ...others]
  return {
    ...{ type, vendor: first.vendorId, device: first.deviceId, class: first.classId, names: UNNAMED },
    kinds: new Set(all.map(({ kind }) => kind)),
    ...counted(all.map(({ address, state }) => ({ address, state, vm: null }))),
  }
}

/** The same with those that VMs hold as theirs. */
export function withHolders(
  types: readonly TypeOnHost[],
  holders: ReadonlyMap<Address, Holder>,
): readonly TypeOnHost[] {
  const held = (device: MapDevice): MapDevice => {
    const holder = holders.get(device.address)
    if (holder === undefined) return device
    return { ...device, state: heldState(device.state !== 'missing', holder), vm: holder.vm }
  }
  return types.map((type) =>
    type.devices.some(({ address }) => holders.has(address))
      ? { ...type, ...counted(type.devices.map(held)) }
      : type,
  )
}

function counted(devices: readonly MapDevice[]): Pick<TypeOnHost, 'devices' | 'states'> {
  const states: Partial<Record<DeviceState, number>> = {}
  for (const { state } of devices) states[state] = (states[state] ?? 0) + 1
  return { devices, states }
}
