/** Devices that a running VM is to let go of: those of detach orders that are open. */
import { listVmOrders } from '../../database/orders.ts'
import type { Queries } from '../../database/tables.ts'

/** The key of a device in the set. */
export const place = (host: number, address: string): string => `${host} ${address}`

export async function readDetaching(q: Queries): Promise<ReadonlySet<string>> {
  const open = await listVmOrders(q, { states: ['waiting', 'taken'], kind: 'detach' })
  return new Set(
    open.flatMap(({ order }) =>
      order.kind === 'detach' ? order.devices.map(({ address }) => place(order.host, address)) : [],
    ),
  )
}
