/** From claims to orders: writes what a host is to do for a VM, complete in itself. */

import type { StoredClaim } from '../database/claims.ts'
import { listClaims } from '../database/claims.ts'
import { listDevices, type StoredDevice } from '../database/devices.ts'
import { getHost } from '../database/hosts.ts'
import { readCluster } from '../database/meta.ts'
import { insertOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { listUsbClaims } from '../database/usb-claims.ts'
import { listUsbDevices } from '../database/usb-devices.ts'
import type { Device } from '../model/device.ts'
import {
  type DriverGoal,
  type OrderedDevice,
  type PromisedDevice,
  type PromisedUsbDevice,
  usbPromise,
  type VfWish,
} from '../model/order.ts'

export interface ReleaseRequest {
  readonly vm: number
  readonly host: number
  readonly epoch: number
  /** Between the ACPI shutdown and destroy; 0 = destroy at once. */
  readonly graceSeconds: number
  /** The VM ends for good, and has UEFI variables on this host. */
  readonly forgetFirmware?: boolean
}

/** Ends the VM's domain and brings back what it holds. Gives the order's id; the VM must have no open order. */
export async function writeReleaseOrder(q: Tx, request: ReleaseRequest, now: number): Promise<number> {
  const { vm, host, epoch, graceSeconds, forgetFirmware = false } = request
  const { bootId } = await getHost(q, host)
  const facts = new Map((await listDevices(q, host)).map((device) => [device.address, device]))
  const devices = (await listClaims(q, { vm })).flatMap((claim) => {
    const device = facts.get(claim.address)
    return device ? [promise(claim, device)] : []
  })
  const cluster = await readCluster(q)
  const usb = await promisedUsb(q, vm, host)
  const order = { kind: 'release', vm, host, epoch, cluster, devices, bootId, graceSeconds } as const
  const more = { ...(usb.length > 0 && { usb }), ...(forgetFirmware && { forgetFirmware }) }
  return insertOrder(q, { ...order, ...more }, now)
}

async function promisedUsb(q: Tx, vm: number, host: number): Promise<readonly PromisedUsbDevice[]> {
  const claims = await listUsbClaims(q, { vm })
  if (claims.length === 0) return []
  const devices = new Map((await listUsbDevices(q, host)).map((device) => [device.key, device]))
  return claims.flatMap(({ key, request }) => {
    const device = devices.get(key)
    return device === undefined ? [] : [usbPromise(device, request)]
  })
}

/** Moves one device between its host driver and vfio-pci. Gives the order's id; the device must have no open order of its own. */
export async function writeBindOrder(
  q: Tx,
  device: StoredDevice,
  to: DriverGoal,
  now: number,
): Promise<number> {
  const { host } = device
  const { bootId } = await getHost(q, host)
  const cluster = await readCluster(q)
  return insertOrder(q, { kind: 'bind', host, cluster, bootId, devices: [asOrdered(device)], to }, now)
}

/** Gives a PF its virtual functions; what the device's row says now is wished again where the host refuses. Else as above. */
export async function writeSriovOrder(
  q: Tx,
  device: StoredDevice,
  { numVfs, autoprobe }: VfWish,
  now: number,
): Promise<number> {
  const { host, wantedVfs, vfAutoprobe } = device
  const { bootId } = await getHost(q, host)
  const cluster = await readCluster(q)
  const before = { numVfs: wantedVfs ?? 0, autoprobe: vfAutoprobe }
  const base = { host, cluster, bootId, devices: [asOrdered(device)] } as const
  return insertOrder(q, { kind: 'sriov', ...base, numVfs, autoprobe, before }, now)
}

function asOrdered(device: StoredDevice): OrderedDevice {
  const { address, vendorId, deviceId, classId, identity, iommuGroup, allowed } = device
  return { address, vendorId, deviceId, classId, identity, iommuGroup, ...(allowed && { allowed }) }
}

/** A claimed device with the facts that the host checks before it touches anything. */
export function promise(
  claim: StoredClaim,
  device: Pick<Device, 'vendorId' | 'deviceId' | 'classId' | 'pcie'>,
): PromisedDevice {
  const { address, role, request, managed, identity, iommuGroup } = claim
  const { vendorId, deviceId, classId, pcie } = device
  return { address, role, request, managed, vendorId, deviceId, classId, identity, iommuGroup, pcie }
}
