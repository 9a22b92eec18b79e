/** What came of a device's own order -> its row: where it was taken from, or that it is not to be trusted. */
import { listClaims } from '../database/claims.ts'
import { findDevice, markDevice } from '../database/devices.ts'
import { advanceGeneration } from '../database/hosts.ts'
import { findOrder } from '../database/orders.ts'
import type { Tx } from '../database/tables.ts'
import { VFIO_PCI } from '../model/device.ts'
import type { DeviceEvent } from '../model/event.ts'
import { failOrder, finishOrder } from '../orders/end.ts'
import type { EventOutcome } from './events.ts'

/** Any event may come twice. A device that left the inventory meanwhile has nothing to be remembered of. */
export async function applyDeviceEvent(q: Tx, event: DeviceEvent, now: number): Promise<EventOutcome> {
  const { kind, order, host, address } = event
  const state = (await findOrder(q, order))?.state
  if (state !== 'waiting' && state !== 'taken')
    return { applied: false, what: `${kind} for order ${order}, which is ${state ?? 'not known'}` }
  if (event.kind === 'bound') {
    await finishOrder(q, order, now)
    await rememberOrigin(q, event)
    return { applied: true, what: `${address} is on ${event.driver ?? 'no driver'}` }
  }
  await failOrder(q, order, event.message, now)
  if (event.hangs) {
    await markDevice(q, host, address, { health: 'quarantined', healthReason: event.message })
    await advanceGeneration(q, [host])
  }
  return { applied: true, what: `${address} could not be moved: ${event.message}` }
}

/**
 * Written down when it leaves its driver, once; forgotten when it is back on one. Where a VM's device was only brought back to
 * vfio-pci, its origin stands with the VM's order.
 */
async function rememberOrigin(
  q: Tx,
  { host, address, from, driver }: Extract<DeviceEvent, { kind: 'bound' }>,
): Promise<void> {
  const claimed = (await listClaims(q, { host })).some((claim) => claim.address === address)
  if (claimed || (await findDevice(q, host, address)) === null) return
  if (driver !== VFIO_PCI) await markDevice(q, host, address, { boundFrom: null })
  else if (from !== VFIO_PCI) await markDevice(q, host, address, { boundFrom: { driver: from } })
}
