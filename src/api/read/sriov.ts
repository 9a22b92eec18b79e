/** Reads a host's PFs and VFs and what became of the last changes of their number, and hands them to the view. */
import { newestSriovOrders } from '../../database/orders.ts'
import type { Queries } from '../../database/tables.ts'
import type { Address } from '../../model/address.ts'
import { NotFound } from '../../model/errors.ts'
import type { Host } from '../../model/host.ts'
import type { HostSriov, PfView } from '../../view/documents.ts'
import { hostSriov } from '../../view/sriov.ts'
import { readDeviceViews } from './devices.ts'

export async function readHostSriov(q: Queries, host: Host): Promise<HostSriov> {
  const failures = new Map<Address, string>()
  for (const [address, { state, message }] of await newestSriovOrders(q, host.id))
    if (state === 'failed' && message !== null) failures.set(address, message)
  return hostSriov(host, await readDeviceViews(q, host), failures)
}

/** NotFound `unknown-device` where it is no PF, or not in the inventory any more. */
export async function readPfView(q: Queries, host: Host, address: Address): Promise<PfView> {
  const pf = (await readHostSriov(q, host)).pfs.find((one) => one.address === address)
  if (pf !== undefined) return pf
  throw new NotFound('unknown-device', `host ${host.name} has no PF ${address} any more`, {
    host: host.id,
    address,
  })
}
