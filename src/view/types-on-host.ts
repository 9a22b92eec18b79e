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
export interface UnheldDevice {
  readonly device: Pick<SnapshotDevice, 'address' | 'vendorId' | 'deviceId' | 'classId' | 'kind'>
  readonly state: DeviceState
}

const UNNAMED: TypeNames = { vendorName: null, deviceName: null, className: null }

/** By type, without their names. */
export function typesOnHost(devices: readonly UnheldDevice[]): readonly TypeOnHost[] {
  const groups = new Map<string, UnheldDevice[]>()
  const sorted = [...devices].sort((a, b) => compareAddresses(a.device.address, b.device.address))
  for (const one of sorted) {
    const type = deviceType(one.device)
    const same = groups.get(type)
    if (same) same.push(one)
    else groups.set(type, [one])
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([type, [first, ...others]]) => (first === undefined ? [] : [typeOf(type, first, others)]))
}

function typeOf(type: string, first: UnheldDevice, others: readonly UnheldDevice[]): TypeOnHost {
  const all = [first, ...others]
  const { vendorId, deviceId, classId } = first.device
  return {
    ...{ type, vendor: vendorId, device: deviceId, class: classId, names: UNNAMED },
    kinds: new Set(all.map(({ device }) => device.kind)),
    ...counted(all.map(({ device, state }) => ({ address: device.address, state, vm: null }))),
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
