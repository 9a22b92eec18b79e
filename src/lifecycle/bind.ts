/** What operators ask of a device's driver: each one transaction that writes one order, checked against claims first. */
import { listClaims } from '../database/claims.ts'
import { getDevice, listDevices, markDevice, type StoredDevice } from '../database/devices.ts'
import { getHost } from '../database/hosts.ts'
import type { Database } from '../database/open.ts'
import { openDeviceOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { listUsbClaims } from '../database/usb-claims.ts'
import { listUsbDevices } from '../database/usb-devices.ts'
import type { Address } from '../model/address.ts'
import { VFIO_PCI } from '../model/device.ts'
import { Conflict } from '../model/errors.ts'
import type { DriverGoal } from '../model/order.ts'
import { writeBindOrder } from '../orders/write.ts'

const TO_VFIO: DriverGoal = { kind: 'named', driver: VFIO_PCI }

/**
 * To vfio-pci. Gives the order's id. NotFound `unknown-device`; Conflict `device-missing`, `device-claimed`, `device-busy`, as all
 * below; `pf-has-vfs` where it is a PF that is to have virtual functions. What the host itself uses is refused by the host, which knows best.
 */
export function bindDevice(db: Database, host: number, address: Address, now: number): Promise<number> {
  return db.transaction(async (q) => writeBindOrder(q, await sparePf(q, host, address), TO_VFIO, now))
}

/** Back to the driver that it was taken from; where none is written down, to the one that the kernel chooses. Conflict `device-reserved`. */
export function unbindDevice(db: Database, host: number, address: Address, now: number): Promise<number> {
  return db.transaction(async (q) => {
    const device = await freeDevice(q, host, address)
    if (device.reserved)
      throw new Conflict(
        'device-reserved',
        `${address} is reserved for VMs: take that back first (device reserve --no)`,
        { host, address },
      )
    const { boundFrom } = device
    const to: DriverGoal =
      boundFrom === null ? { kind: 'matching' } : { kind: 'named', driver: boundFrom.driver }
    return writeBindOrder(q, device, to, now)
  })
}

/** On vfio-pci for good, after a reboot too. Gives the order that takes it there, null where it is there. */
export function reserveDevice(
  db: Database,
  host: number,
  address: Address,
  now: number,
): Promise<number | null> {
  return db.transaction(async (q) => {
    const device = await sparePf(q, host, address)
    await markDevice(q, host, address, { reserved: true })
    return device.driver === VFIO_PCI ? null : writeBindOrder(q, device, TO_VFIO, now)
  })
}

/** Takes a reservation back; the device stays where it is, as `unbindDevice` is there for the rest. */
export function unreserveDevice(db: Database, host: number, address: Address): Promise<void> {
  return db.transaction(async (q) => {
    await getHost(q, host)
    await getDevice(q, host, address)
    await markDevice(q, host, address, { reserved: false })
  })
}

/** After a boot the kernel has bound its own drivers again. Gives the orders that take reserved devices back to vfio-pci. */
export async function restoreReservations(q: Tx, host: number, now: number): Promise<readonly number[]> {
  const orders: number[] = []
  const claimed = new Set((await listClaims(q, { host })).map(({ address }) => address))
  for (const device of await listDevices(q, host)) {
    const { reserved, present, driver, address } = device
    if (!reserved || !present || driver === VFIO_PCI || claimed.has(address)) continue
    if ((await openDeviceOrder(q, host, address)) === null)
      orders.push(await writeBindOrder(q, device, TO_VFIO, now))
  }
  return orders
}

/** Only its host driver makes virtual functions. */
async function sparePf(q: Tx, host: number, address: Address): Promise<StoredDevice> {
  const device = await freeDevice(q, host, address)
  if (device.wantedVfs === null) return device
  throw new Conflict(
    'pf-has-vfs',
    `${address} is to have ${device.wantedVfs} virtual functions: take that back first (sriov set ${host} ${address} 0)`,
    { host, address, wantedVfs: device.wantedVfs },
  )
}

/**
 * The device, where it is there, nobody holds it, and nothing is being done with it. Conflict `device-missing`,
 * `device-claimed`, `device-busy`.
 */
export async function freeDevice(q: Tx, host: number, address: Address): Promise<StoredDevice> {
  const { name } = await getHost(q, host)
  const device = await getDevice(q, host, address)
  const facts = { host, address }
  if (!device.present)
    throw new Conflict('device-missing', `${address} of host ${name} is not there any more`, facts)
  const claim = (await listClaims(q, { host })).find((one) => one.address === address)
  if (claim !== undefined)
    throw new Conflict(
      'device-claimed',
      `${address} of host ${name} is with VM ${claim.vm}: stop that VM first`,
      { ...facts, vm: claim.vm },
    )
  await requireNoUsbBelow(q, device, name)
  const open = await openDeviceOrder(q, host, address)
  if (open !== null)
    throw new Conflict('device-busy', `${address} of host ${name} is being moved already`, {
      ...facts,
      order: open.order.id,
    })
  return device
}

/** A USB controller whose devices VMs have stays where it is. */
async function requireNoUsbBelow(q: Tx, { host, address }: StoredDevice, name: string): Promise<void> {
  const holders = new Map((await listUsbClaims(q, { host })).map(({ key, vm }) => [key, vm]))
  if (holders.size === 0) return
  const child = (await listUsbDevices(q, host)).find(
    ({ controller, key }) => controller === address && holders.has(key),
  )
  if (child === undefined) return
  const vm = holders.get(child.key)
  throw new Conflict(
    'device-claimed',
    `${address} of host ${name} is the controller of USB device ${child.port}, which is with VM ${vm}: stop that VM first`,
    { host, address, vm },
  )
}
