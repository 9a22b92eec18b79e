/** What came of a device's own order -> its row: where it was taken from, what is wished of it, or that it is not to be trusted. */
import { listClaims } from '../database/claims.ts'
import { writeDeviceHistory } from '../database/device-history.ts'
import { findDevice, markDevice, type StoredDevice } from '../database/devices.ts'
import { advanceGeneration } from '../database/hosts.ts'
import { findOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { VFIO_PCI } from '../model/device.ts'
import type { DeviceEvent } from '../model/device-history.ts'
import type { DeviceOrderEvent } from '../model/event.ts'
import type { Order } from '../model/order.ts'
import { failOrder, finishOrder } from '../orders/end.ts'
import type { EventOutcome } from './events.ts'
import { storeWish } from './sriov.ts'

type EventOf<K extends DeviceOrderEvent['kind']> = Extract<DeviceOrderEvent, { kind: K }>

/** Any event may come twice. A device that left the inventory meanwhile has nothing to be remembered of. */
export async function applyDeviceEvent(q: Tx, event: DeviceOrderEvent, now: number): Promise<EventOutcome> {
  const { kind, order, host, address } = event
  const stored = await findOrder(q, order)
  if (stored?.state !== 'waiting' && stored?.state !== 'taken')
    return { applied: false, what: `${kind} for order ${order}, which is ${stored?.state ?? 'not known'}` }
  const device = await findDevice(q, host, address)
  switch (event.kind) {
    case 'bound':
      await finishOrder(q, order, now)
      await rememberOrigin(q, event)
      await tell(
        q,
        device,
        'bound',
        `from ${event.from ?? 'no driver'} to ${event.driver ?? 'no driver'}`,
        now,
      )
      return { applied: true, what: `${address} is on ${event.driver ?? 'no driver'}` }
    case 'vfs-set':
      await finishOrder(q, order, now)
      await tell(q, device, 'vfs', `has ${event.numVfs} virtual functions`, now)
      return { applied: true, what: `${address} has ${event.numVfs} virtual functions` }
    case 'bind-failed':
      await fail(q, device, event, now)
      return { applied: true, what: `${address} could not be moved: ${event.message}` }
    case 'vfs-failed':
      await fail(q, device, event, now)
      await wishAsBefore(q, event, stored.order)
      return { applied: true, what: `virtual functions of ${address}: ${event.message}` }
  }
}

async function fail(
  q: Tx,
  device: StoredDevice | null,
  event: EventOf<'bind-failed' | 'vfs-failed'>,
  now: number,
): Promise<void> {
  const { host, address, message } = event
  await failOrder(q, event.order, message, now)
  await tell(q, device, 'failed', message, now)
  if (!event.hangs) return
  await markDevice(q, host, address, { health: 'quarantined', healthReason: message })
  await tell(q, device, 'quarantined', message, now)
  await advanceGeneration(q, [host])
}

async function tell(
  q: Tx,
  device: StoredDevice | null,
  event: DeviceEvent,
  what: string,
  now: number,
): Promise<void> {
  if (device === null) return
  const { host, address, identity } = device
  await writeDeviceHistory(q, [{ host, address, identity, event, vm: null, what }], now)
}

/** A wish that cannot be fulfilled is none: neither is half of it left standing. */
async function wishAsBefore(q: Tx, { host, address }: EventOf<'vfs-failed'>, order: Order): Promise<void> {
  if (order.kind === 'sriov') await storeWish(q, host, address, order.before)
}

/**
 * Written down when it leaves its driver, once; forgotten when it is back on one. Where a VM's device was only brought back to
 * vfio-pci, its origin stands with the VM's order.
 */
async function rememberOrigin(q: Tx, { host, address, from, driver }: EventOf<'bound'>): Promise<void> {
  const claimed = (await listClaims(q, { host })).some((claim) => claim.address === address)
  if (claimed) return
  if (driver !== VFIO_PCI) await markDevice(q, host, address, { boundFrom: null })
  else if (from !== VFIO_PCI) await markDevice(q, host, address, { boundFrom: { driver: from } })
}
