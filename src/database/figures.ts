/** How many there are of what, for `/metrics`: a handful of queries that group rows, however many rows there are. */
import { sql } from 'kysely'
import type { Queries } from './tables.ts'

export interface Count {
  readonly labels: Readonly<Record<string, string>>
  readonly count: number
}

/**
 * Devices by `state` and `type` (vendor:device:class). The state is what rows say of one device alone: `free` is also one that its
 * IOMMU group, or virtual functions of it, keep from being given; what `device list` says of each takes all of its host.
 */
export async function countDevices(q: Queries): Promise<Count[]> {
  const state = sql<string>`case
    when devices.present = 0 then 'missing'
    when claims.vm is not null then case
      when vms.state = 'SHUTDOWN' then 'releasing'
      when claims.role = 'held' then 'held'
      when vms.state in ('RUNNING', 'UNKNOWN') then 'attached'
      else 'claimed' end
    when devices.health <> 'ok' then devices.health
    when devices.bridge = 1 or devices.offered = 0 or (devices.in_use <> '[]' and devices.allowed = 0) then 'unassignable'
    else 'free' end`
  const type = sql<string>`devices.vendor_id || ':' || devices.device_id || ':' || devices.class_id`
  const rows = await q
    .selectFrom('devices')
    .leftJoin('claims', (join) =>
      join.onRef('claims.host', '=', 'devices.host').onRef('claims.address', '=', 'devices.address'),
    )
    .leftJoin('vms', 'vms.id', 'claims.vm')
    .select(({ fn }) => [state.as('state'), type.as('type'), fn.countAll().as('count')])
    .groupBy([state, type])
    .execute()
  return rows.map((row) => ({ labels: { state: row.state, type: row.type }, count: Number(row.count) }))
}

export async function countVms(q: Queries): Promise<Count[]> {
  const rows = await q
    .selectFrom('vms')
    .select(({ fn }) => ['state', fn.countAll().as('count')])
    .groupBy('state')
    .execute()
  return rows.map(({ state, count }) => ({ labels: { state }, count: Number(count) }))
}

/** Open ones: those that ended are history. */
export async function countOrders(q: Queries): Promise<Count[]> {
  const rows = await q
    .selectFrom('orders')
    .select(({ fn }) => ['state', 'kind', fn.countAll().as('count')])
    .where('state', 'in', ['waiting', 'taken'])
    .groupBy(['state', 'kind'])
    .execute()
  return rows.map(({ state, kind, count }) => ({ labels: { state, kind }, count: Number(count) }))
}

export interface HostFigures {
  readonly name: string
  readonly enabled: boolean
  readonly reportedAt: number | null
  readonly failure: string | null
  /** Null = it has none, or it never joined. */
  readonly agent: { readonly heardAt: number | null; readonly compared: boolean } | null
  readonly hasAgent: boolean
}

export async function readHostFigures(q: Queries): Promise<HostFigures[]> {
  const rows = await q
    .selectFrom('hosts')
    .leftJoin('agents', 'agents.host', 'hosts.id')
    .select(['hosts.name', 'hosts.enabled', 'hosts.reported_at', 'hosts.failure', 'hosts.agent'])
    .select(['agents.host', 'agents.heard_at', 'agents.compared'])
    .orderBy('hosts.id')
    .execute()
  return rows.map((row) => ({
    name: row.name,
    enabled: row.enabled === 1,
    reportedAt: row.reported_at,
    failure: row.failure,
    hasAgent: row.agent === 1,
    agent: row.host === null ? null : { heardAt: row.heard_at, compared: row.compared === 1 },
  }))
}

/** Ids of the VMs that wait to be placed. */
export async function listPending(q: Queries): Promise<number[]> {
  const rows = await q.selectFrom('vms').select('id').where('state', '=', 'PENDING').execute()
  return rows.map(({ id }) => id)
}
