/** Reads what the comparison of one host needs, in a fixed number of queries. */
import { listClaims } from '../database/claims.ts'
import { listDevices } from '../database/devices.ts'
import { listDomains } from '../database/domains.ts'
import { listWrittenDrivers } from '../database/journal.ts'
import { readCluster } from '../database/meta.ts'
import { listVmOrders } from '../database/orders.ts'
import type { Queries } from '../database/tables.ts'
import { listVms } from '../database/vms.ts'
import { type Address, parseAddress } from '../model/address.ts'
import type { Drift } from '../model/drift.ts'
import type { Host } from '../model/host.ts'
import { findDrift } from './find.ts'

/** What differs between the host's last report and the rows. Call it inside `Database.read`. */
export async function readDrift(q: Queries, host: Pick<Host, 'id' | 'bootId'>): Promise<readonly Drift[]> {
  const { id } = host
  const open = await listVmOrders(q, { host: id, states: ['waiting', 'taken'] })
  const busy = new Set(open.map(({ order }) => order.vm))
  return findDrift({
    cluster: await readCluster(q),
    devices: await listDevices(q, id),
    claims: await listClaims(q, { host: id }),
    vms: (await listVms(q, { host: id })).map((vm) => ({ ...vm, busy: busy.has(vm.id) })),
    domains: await listDomains(q, id),
    origins: await readOrigins(q, host),
  })
}

/** The same for the same drift. */
export const driftKey = (drift: Drift): string => JSON.stringify(drift)

/** The newest word on each device; what was written in another boot says nothing of this one. */
async function readOrigins(
  q: Queries,
  { id, bootId }: Pick<Host, 'id' | 'bootId'>,
): Promise<ReadonlyMap<Address, string | null>> {
  const origins = new Map<Address, string | null>()
  for (const written of await listWrittenDrivers(q, id)) {
    if (written.bootId !== bootId) continue
    for (const [text, driver] of Object.entries(written.drivers)) {
      const address = parseAddress(text)
      if (address !== null && !origins.has(address)) origins.set(address, driver)
    }
  }
  return origins
}
