/** Which wishes for virtual functions the host has yet to hear of in its present boot: read by what waits for them and by what orders them. */
import type { Address } from '../model/address.ts'
import type { StoredDevice } from './devices.ts'
import { newestSriovOrders } from './orders.ts'
import type { Queries } from './tables.ts'

export async function anyVfWish(q: Queries, host: number): Promise<boolean> {
  const row = await q
    .selectFrom('devices')
    .select('address')
    .where('host', '=', host)
    .where('wanted_vfs', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * PFs among `devices` (all of the host) with a wish for which no order of this boot has ended, well or badly. A boot begins
 * with none done; what somebody changes by hand afterwards is left alone.
 */
export async function unsettledWishes(
  q: Queries,
  host: number,
  devices: readonly Pick<StoredDevice, 'address' | 'wantedVfs'>[],
  bootId: string | null,
): Promise<ReadonlySet<Address>> {
  const wanting = devices.filter(({ wantedVfs }) => wantedVfs !== null)
  if (wanting.length === 0) return new Set()
  const orders = await newestSriovOrders(q, host)
  const settled = ({ address }: Pick<StoredDevice, 'address'>): boolean => {
    const newest = orders.get(address)
    const ended = newest?.state === 'done' || newest?.state === 'failed'
    return ended && newest.order.bootId === bootId
  }
  return new Set(wanting.filter((pf) => !settled(pf)).map(({ address }) => address))
}
