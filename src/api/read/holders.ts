/** Reads who holds which device, as the views want it. */
import { listHolders } from '../../database/device-holders.ts'
import type { Queries } from '../../database/tables.ts'
import type { Address } from '../../model/address.ts'
import type { Holder } from '../../view/inventory.ts'
import { place, readDetaching } from './detaching.ts'

export type Holders = ReadonlyMap<Address, Holder>

export const NOBODY: Holders = new Map()

/** By host, of these or of all; a host of whose devices nobody has one is left out. */
export async function readHolders(
  q: Queries,
  hosts?: readonly number[],
): Promise<ReadonlyMap<number, Holders>> {
  const byHost = new Map<number, Map<Address, Holder>>()
  const rows = await listHolders(q, hosts)
  if (rows.length === 0) return byHost
  const detaching = await readDetaching(q)
  for (const { host, address, ...holder } of rows) {
    const known = byHost.get(host) ?? new Map<Address, Holder>()
    byHost.set(host, known.set(address, { ...holder, detaching: detaching.has(place(host, address)) }))
  }
  return byHost
}
