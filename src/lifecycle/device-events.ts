/** What came of a device's own order -> its row: where it was taken from, or that it is not to be trusted. */
import { listClaims } from '../database/claims.ts'
import { writeDeviceHistory } from '../database/device-history.ts'
import { findDevice, markDevice, type StoredDevice } from '../database/devices.ts'
import { advanceGeneration } from '../database/hosts.ts'
import { findOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { VFIO_PCI } from '../model/device.ts'
import type { DeviceEvent } from '../model/device-history.ts'
import type { DeviceOrderEvent } from '../model/event.ts'
import { failOrder, finishOrder } from '../orders/end.ts'
import type { EventOutcome } from './events.ts'

/** Any event may come twice. A device that left the inventory meanwhile has nothing to be remembered of. */
export async function applyDeviceEvent(q: Tx, event: DeviceOrderEvent, now: number): Promise<EventOutcome> {
  const { kind, order } = event
  const state = (await findOrder(q, order))?.state
  if (state !== 'waiting' && state !== 'taken')
    return { applied: false, what: `${kind} for order ${order}, which is ${state ?? 'not known'}` }
  const what =
    event.kind === 'bound'
      ? `${event.address} is on ${event.driver ?? 'no driver'}`
      : `${event.address} could not be moved: ${event.message}`
  if (event.kind === 'bound') await finishOrder(q, order, now)
  else await failOrder(q, order, event.message, now)
  const device = await findDevice(q, event.host, event.address)
  if (device !== null) await remember(q, device, event, now)
  return { applied: true, what }
}

async function remember(
  q: Tx,
  { host, address, identity }: StoredDevice,
  event: DeviceOrderEvent,
  now: number,
): Promise<void> {
  const line = (kind: DeviceEvent, what: string) =>
    writeDeviceHistory(q, [{ host, address, identity, event: kind, vm: null, what }], now)
  if (event.kind === 'bound') {
    await rememberOrigin(q, event)
    return line('bound', `from ${event.from ?? 'no driver'} to ${event.driver ?? 'no driver'}`)
  }
  await line('failed', `not moved: ${event.message}`)
  if (!event.hangs) return
  await markDevice(q, host, address, { health: 'quarantined', healthReason: event.message })
  await line('quarantined', event.message)
  await advanceGeneration(q, [host])
}

/**
 * Written down when it leaves its driver, once; forgotten when it is back on one. Where a VM's device was only brought back to
 * vfio-pci, its origin stands with the VM's order.
 */
async function rememberOrigin(
  q: Tx,
  { host, address, from, driver }: Extract<DeviceOrderEvent, { kind: 'bound' }>,
): Promise<void> {
  const claimed = (await listClaims(q, { host })).some((claim) => claim.address === address)
  if (claimed) return
  if (driver !== VFIO_PCI) await markDevice(q, host, address, { boundFrom: null })
  else if (from !== VFIO_PCI) await markDevice(q, host, address, { boundFrom: { driver: from } })
}
