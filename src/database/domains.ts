/** The table `domains`: the running libvirt domains of each host's last report. */
import type { Selectable } from 'kysely'
import type { RunningDomain } from '../model/usage.ts'
import type { UsbNumbers } from '../model/usb-device.ts'
import { noteChanges } from './changes.ts'
import { fromJson } from './json.ts'
import type { DomainsTable, Queries } from './tables.ts'

export interface StoredDomain extends RunningDomain {
  readonly host: number
}

/** By host, then name; of one host, of some, or of all. */
export async function listDomains(q: Queries, host?: number | readonly number[]): Promise<StoredDomain[]> {
  const query = q.selectFrom('domains').selectAll().orderBy('host').orderBy('name')
  const hosts = typeof host === 'number' ? [host] : host
  const rows = await (hosts === undefined ? query : query.where('host', 'in', hosts)).execute()
  return rows.map(toDomain)
}

export async function replaceDomains(
  q: Queries,
  host: number,
  domains: readonly RunningDomain[],
): Promise<void> {
  await q.deleteFrom('domains').where('host', '=', host).execute()
  await noteChanges(q, 'host', [host])
  if (domains.length === 0) return
  const rows = domains.map(({ uuid, name, state, hostdevs, usbHostdevs = [], berth }) => ({
    host,
    uuid,
    name,
    state,
    hostdevs: JSON.stringify(hostdevs),
    usb_hostdevs: JSON.stringify(usbHostdevs),
    cluster: berth?.cluster ?? null,
    vm: berth?.vm ?? null,
    epoch: berth?.epoch ?? null,
  }))
  await q.insertInto('domains').values(rows).execute()
}

/** Once a release (or the undoing of a deploy) verified that the VM's domain of this epoch (or an older one) is gone. */
export async function forgetDomains(
  q: Queries,
  host: number,
  cluster: string,
  vm: number,
  epoch: number,
): Promise<void> {
  await q
    .deleteFrom('domains')
    .where('host', '=', host)
    .where('cluster', '=', cluster)
    .where('vm', '=', vm)
    .where('epoch', '<=', epoch)
    .execute()
}

export interface StrayDomain {
  readonly vm: number
  readonly name: string
  readonly epoch: number
  /** Its host's name. */
  readonly host: string
}

/** Domains with the mark of a VM that is on no host: it was given up or restored from an older state, and they still run. */
export async function listStrays(q: Queries, cluster: string): Promise<StrayDomain[]> {
  const rows = await q
    .selectFrom('domains')
    .innerJoin('vms', 'vms.id', 'domains.vm')
    .innerJoin('hosts', 'hosts.id', 'domains.host')
    .select(['vms.id as vm', 'domains.name', 'domains.epoch', 'hosts.name as host'])
    .where('domains.cluster', '=', cluster)
    .where('vms.host', 'is', null)
    .orderBy('domains.host')
    .execute()
  return rows.map(({ vm, name, epoch, host }) => ({ vm, name, epoch: epoch ?? 0, host }))
}

function toDomain(row: Selectable<DomainsTable>): StoredDomain {
  const { host, uuid, name, state, cluster, vm, epoch } = row
  const berth = cluster === null || vm === null || epoch === null ? null : { cluster, vm, epoch }
  const usbHostdevs = fromJson<readonly UsbNumbers[]>(row.usb_hostdevs)
  return {
    ...{ host, uuid, name, state, hostdevs: fromJson(row.hostdevs), berth },
    ...(usbHostdevs.length > 0 && { usbHostdevs }),
  }
}
