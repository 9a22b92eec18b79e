/** What a host has in OpenNebula's XML and not in Berth's list of hosts: its devices and its VMs, each asked for once. */
import type { DeviceView, HostSummary, VmSummary } from '../../view/documents.ts'
import { apiPath, callApi } from '../api-client.ts'
import type { Cli } from '../command.ts'
import type { List } from '../list/list.ts'
import { HOST_LIST } from './columns.ts'
import { hostElement } from './xml.ts'

function byHost<T>(all: readonly T[], hostOf: (one: T) => number | null): ReadonlyMap<number, readonly T[]> {
  const found = new Map<number, T[]>()
  for (const one of all) {
    const host = hostOf(one)
    if (host === null) continue
    const list = found.get(host)
    if (list === undefined) found.set(host, [one])
    else list.push(one)
  }
  return found
}

/** Ids of the VMs that are on each host. */
export async function vmsByHost({ ports }: Cli): Promise<ReadonlyMap<number, readonly number[]>> {
  const vms = await callApi<readonly VmSummary[]>(ports, 'GET', apiPath('vms'))
  return new Map([...byHost(vms, ({ host }) => host)].map(([host, on]) => [host, on.map(({ id }) => id)]))
}

/** The list of hosts with XML in which each has its offered devices, as OpenNebula's HOST_POOL. */
export async function hostPool(cli: Cli): Promise<List<HostSummary>> {
  const all = await callApi<readonly DeviceView[]>(cli.ports, 'GET', apiPath('devices'))
  const devices = byHost(
    all.filter(({ offered }) => offered),
    ({ host }) => host,
  )
  const vms = await vmsByHost(cli)
  const row = (host: HostSummary) => hostElement(host, devices.get(host.id) ?? [], vms.get(host.id) ?? [])
  return { ...HOST_LIST, xml: { pool: 'HOST_POOL', row } }
}
