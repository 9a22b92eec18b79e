/** Drift that can be mended without taking anything from anybody -> orders that mend it, one transaction each. */
import { getDevice } from '../database/devices.ts'
import type { Database } from '../database/open.ts'
import { openDeviceOrder } from '../database/orders.ts'
import { type Drift, repairOf } from '../model/drift.ts'
import type { Host } from '../model/host.ts'
import { writeBindOrder } from '../orders/write.ts'
import { driftKey, readDrift } from './read.ts'

/** Gives the order's id; null where it cannot be mended, is being mended, or is gone by now. */
export function orderRepair(
  db: Database,
  host: Pick<Host, 'id' | 'bootId'>,
  drift: Drift,
  now: number,
): Promise<number | null> {
  const repair = repairOf(drift)
  if (repair === null) return Promise.resolve(null)
  return db.transaction(async (q) => {
    // What was found is some time ago: a VM may have been placed since.
    const still = (await readDrift(q, host)).some((one) => driftKey(one) === driftKey(drift))
    if (!still || (await openDeviceOrder(q, host.id, repair.address)) !== null) return null
    return writeBindOrder(q, await getDevice(q, host.id, repair.address), repair.to, now)
  })
}
