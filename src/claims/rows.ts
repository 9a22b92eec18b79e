/** A placement and what the database knows of it -> the rows that a commit writes (pure). */
import type { StoredClaim } from '../database/claims.ts'
import type { GroupClaim } from '../database/group-claims.ts'
import type { NewOrder } from '../database/orders.ts'
import type { UsbClaim } from '../database/usb-claims.ts'
import type { StoredUsbDevice } from '../database/usb-devices.ts'
import type { Address } from '../model/address.ts'
import { isBridge } from '../model/assignable.ts'
import type { Device } from '../model/device.ts'
import { type PromisedDevice, type PromisedUsbDevice, usbPromise } from '../model/order.ts'
import type { Request } from '../model/request.ts'
import type { AllocatedDevice, Placement } from '../model/snapshot.ts'
import type { VmDefinition } from '../model/vm.ts'

/** What a plan knows of a VM beside its placement; read with the snapshot. */
export interface PlannedVm {
  readonly definition: VmDefinition
  readonly requests: readonly Request[]
  /** Of the snapshot; the placement's will be one higher. */
  readonly epoch: number
}

/** A device as stored, as far as a promise needs it. */
export interface PlacedDevice
  extends Pick<
    Device,
    'address' | 'vendorId' | 'deviceId' | 'classId' | 'identity' | 'iommuGroup' | 'pcie' | 'bridge'
  > {
  /** An operator said that it may be given although the host uses it. */
  readonly allowed: boolean
}

export interface PlacedHost {
  readonly id: number
  readonly name: string
  readonly bootId: string | null
  readonly hypervisor: 'kvm' | 'qemu'
  /** Present ones: at least those placed, and every mate in their groups. */
  readonly devices: ReadonlyMap<Address, PlacedDevice>
  readonly byGroup: ReadonlyMap<number, readonly PlacedDevice[]>
  /** By key; at least those placed. */
  readonly usb: ReadonlyMap<string, StoredUsbDevice>
}

export interface PlacementRows {
  readonly vm: number
  readonly host: number
  readonly hostName: string
  readonly groups: readonly GroupClaim[]
  readonly claims: readonly StoredClaim[]
  readonly usbClaims: readonly UsbClaim[]
  readonly order: NewOrder
}

/** Null = a device of the placement is not on the host (any more). */
export function placementRows(
  cluster: string,
  host: PlacedHost,
  placement: Placement,
  planned: PlannedVm,
): PlacementRows | null {
  const held = { host: host.id, vm: placement.vm }
  const partOf = (request: number): RequestPart => {
    const { managed = true, network } = planned.requests.find(({ index }) => index === request) ?? {}
    return { managed, ...(network && { network }) }
  }
  const devices = promisedDevices(host, placement.devices, partOf)
  const usb = usbPromises(host, placement)
  if (devices === null || usb === null) return null
  const groups = groupsOf(devices)
  const epoch = planned.epoch + 1
  const { bootId, hypervisor } = host
  const { definition } = planned
  return {
    ...held,
    hostName: host.name,
    groups: groups.map((iommuGroup) => ({ ...held, iommuGroup })),
    claims: devices.map(({ address, request, role, iommuGroup, identity, managed }) => ({
      ...held,
      ...{ address, request, role, iommuGroup, identity, managed },
    })),
    usbClaims: (placement.usb ?? []).map(({ key, request }) => ({ ...held, key, request })),
    order: {
      ...{ kind: 'deploy', ...held, epoch, cluster, devices, bootId, definition, hypervisor },
      ...(usb.length > 0 && { usb }),
    },
  }
}

/** With the numbers that they have now; null = one is not there (any more). */
export function usbPromises(
  host: Pick<PlacedHost, 'usb'>,
  { usb = [] }: Placement,
): readonly PromisedUsbDevice[] | null {
  const promised = usb.flatMap(({ key, request }) => {
    const device = host.usb.get(key)
    return device?.present === true ? [usbPromise(device, request)] : []
  })
  return promised.length === usb.length ? promised : null
}

/** What a device's PCI block says of how it is passed. */
export type RequestPart = Pick<PromisedDevice, 'managed' | 'network'>

/** The devices and, held with them, the endpoints of their groups. Null = one is not on the host (any more), or stands there twice. */
export function promisedDevices(
  host: Pick<PlacedHost, 'devices' | 'byGroup'>,
  given: readonly AllocatedDevice[],
  partOf: (request: number) => RequestPart,
): readonly PromisedDevice[] | null {
  const promised = new Map<Address, PromisedDevice>()
  for (const { address, request } of given) {
    const device = host.devices.get(address)
    if (!device || promised.has(address)) return null
    promised.set(address, promise(device, { role: 'passed', request, ...partOf(request) }))
  }
  for (const group of groupsOf([...promised.values()]))
    for (const mate of host.byGroup.get(group) ?? [])
      if (!promised.has(mate.address) && !isBridge(mate))
        promised.set(mate.address, promise(mate, { role: 'held', request: null, managed: true }))
  return [...promised.values()]
}

function promise(
  device: PlacedDevice,
  part: Pick<PromisedDevice, 'role' | 'request' | 'managed' | 'network'>,
): PromisedDevice {
  const { address, vendorId, deviceId, classId, identity, iommuGroup, pcie, allowed } = device
  return {
    address,
    ...part,
    vendorId,
    deviceId,
    classId,
    identity,
    iommuGroup,
    pcie,
    ...(allowed && { allowed }),
  }
}

/** Each once, in the order of the devices. */
export function groupsOf(devices: readonly Pick<PromisedDevice, 'iommuGroup'>[]): number[] {
  return [...new Set(devices.map(({ iommuGroup }) => iommuGroup))].filter((group) => group !== null)
}
