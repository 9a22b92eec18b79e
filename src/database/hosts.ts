/** The table `hosts`: what the operator said of each host and what its last report said. */
import type { Selectable } from 'kysely'
import type { ProbePeriods } from '../model/agent-protocol.ts'
import { Conflict, NotFound } from '../model/errors.ts'
import type { Capacity, Host, HostDriver } from '../model/host.ts'
import type { ReportedReadiness } from '../model/readiness.ts'
import { noteChanges } from './changes.ts'
import { isDuplicate } from './failure.ts'
import { fromJson } from './json.ts'
import type { HostsTable, Queries } from './tables.ts'

export type NewHost = Pick<
  Host,
  'name' | 'cluster' | 'driver' | 'uri' | 'enabled' | 'filter' | 'attributes'
> & {
  /** Left out: it is reached in this process. */
  readonly agent?: boolean
}

/** Gives the new id; Conflict `host-exists` when the name is taken. */
export async function insertHost(q: Queries, host: NewHost): Promise<number> {
  const { name, cluster, driver, uri, filter } = host
  const attributes = JSON.stringify(host.attributes)
  const row = {
    name,
    cluster,
    driver,
    uri,
    filter,
    attributes,
    enabled: host.enabled ? 1 : 0,
    agent: host.agent ? 1 : 0,
    generation: 0,
  } as const
  try {
    const { id } = await q.insertInto('hosts').values(row).returning('id').executeTakeFirstOrThrow()
    await noteChanges(q, 'host', [id])
    return id
  } catch (error) {
    if (!isDuplicate(error)) throw error
    throw new Conflict('host-exists', `a host named ${name} exists already`, { name }, error)
  }
}

/** A page of a list by id: those behind `after`, `limit` at most. */
export interface IdPage {
  readonly after?: number
  readonly limit?: number
}

export interface HostSelection extends IdPage {
  readonly ids?: readonly number[]
}

/** By id. */
export async function listHosts(q: Queries, { ids, after, limit }: HostSelection = {}): Promise<Host[]> {
  let query = q.selectFrom('hosts').selectAll().orderBy('id')
  if (ids !== undefined) query = query.where('id', 'in', ids)
  if (after !== undefined) query = query.where('id', '>', after)
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(toHost)
}

/** In order; of all hosts, or of a page. */
export async function listHostIds(q: Queries, { after, limit }: IdPage = {}): Promise<number[]> {
  let query = q.selectFrom('hosts').select('id').orderBy('id')
  if (after !== undefined) query = query.where('id', '>', after)
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(({ id }) => id)
}

/** What there is of a host beside what it reported of itself, which is long. */
export type HostLine = Omit<Host, 'capacity' | 'readiness'>

/** By id; of these hosts, or of all. */
export async function listHostLines(q: Queries, hosts?: readonly number[]): Promise<HostLine[]> {
  const query = q
    .selectFrom('hosts')
    .select(['id', 'name', 'cluster', 'driver', 'uri', 'enabled', 'filter', 'attributes', 'boot_id'])
    .select(['generation', 'reported_at', 'failure', 'agent', 'periods'])
    .orderBy('id')
  const rows = await (hosts === undefined ? query : query.where('id', 'in', hosts)).execute()
  return rows.map(toLine)
}

export type ReportedOfHost = Pick<Host, 'id' | 'capacity' | 'readiness'>

/** Of these hosts, or of all. */
export async function listReported(q: Queries, hosts?: readonly number[]): Promise<ReportedOfHost[]> {
  const query = q.selectFrom('hosts').select(['id', 'capacity', 'readiness'])
  const rows = await (hosts === undefined ? query : query.where('id', 'in', hosts)).execute()
  return rows.map(toReported)
}

export async function findHost(q: Queries, id: number): Promise<Host | null> {
  const row = await q.selectFrom('hosts').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toHost(row) : null
}

/** NotFound `unknown-host`. */
export async function getHost(q: Queries, id: number): Promise<Host> {
  const host = await findHost(q, id)
  if (!host) throw unknownHost(String(id))
  return host
}

/** By name, else by id, as a person types it; NotFound `unknown-host`. */
export async function resolveHost(q: Queries, reference: string): Promise<Host> {
  const row = await q.selectFrom('hosts').selectAll().where('name', '=', reference).executeTakeFirst()
  if (row) return toHost(row)
  if (!/^\d{1,9}$/.test(reference)) throw unknownHost(reference)
  return getHost(q, Number(reference))
}

/** A field left out stays as it is. */
export interface HostChange {
  readonly enabled?: boolean
  readonly capacity?: Capacity
  readonly readiness?: ReportedReadiness
  readonly bootId?: string | null
  readonly reportedAt?: number
  readonly failure?: string | null
  readonly filter?: string | null
  readonly periods?: Partial<ProbePeriods> | null
  readonly attributes?: Host['attributes']
  readonly driver?: HostDriver
  readonly uri?: string
}

export async function updateHost(q: Queries, id: number, change: HostChange): Promise<void> {
  const row = {
    ...(change.enabled !== undefined && { enabled: change.enabled ? (1 as const) : (0 as const) }),
    ...(change.capacity !== undefined && { capacity: JSON.stringify(change.capacity) }),
    ...(change.readiness !== undefined && { readiness: JSON.stringify(change.readiness) }),
    ...(change.bootId !== undefined && { boot_id: change.bootId }),
    ...(change.reportedAt !== undefined && { reported_at: change.reportedAt }),
    ...(change.failure !== undefined && { failure: change.failure }),
    ...(change.filter !== undefined && { filter: change.filter }),
    ...(change.periods !== undefined && {
      periods: change.periods === null ? null : JSON.stringify(change.periods),
    }),
    ...(change.attributes !== undefined && { attributes: JSON.stringify(change.attributes) }),
    ...(change.driver !== undefined && { driver: change.driver }),
    ...(change.uri !== undefined && { uri: change.uri }),
  }
  if (Object.keys(row).length === 0) return
  const tells = await isNews(q, id, change)
  await q.updateTable('hosts').set(row).where('id', '=', id).execute()
  if (tells) await noteChanges(q, 'host', [id])
}

/** A heartbeat is none. */
async function isNews(q: Queries, id: number, change: HostChange): Promise<boolean> {
  const { enabled, failure, filter, periods, attributes } = change
  if ([enabled, filter, periods, attributes].some((said) => said !== undefined)) return true
  if (failure === undefined) return false
  const row = await q.selectFrom('hosts').select('failure').where('id', '=', id).executeTakeFirst()
  return row !== undefined && row.failure !== failure
}

/** To be called on every change that matters to allocation (invariant 8). */
export async function advanceGeneration(q: Queries, hosts: readonly number[]): Promise<void> {
  if (hosts.length === 0) return
  await q
    .updateTable('hosts')
    .set((row) => ({ generation: row('generation', '+', 1) }))
    .where('id', 'in', hosts)
    .execute()
  await noteChanges(q, 'host', hosts)
}

/** Its devices, their history and its domains go along; the caller has made sure that nobody holds one of them. */
export async function deleteHost(q: Queries, id: number): Promise<void> {
  await q.updateTable('vms').set({ only_host: null }).where('only_host', '=', id).execute()
  await q.deleteFrom('domains').where('host', '=', id).execute()
  await q.deleteFrom('device_history').where('host', '=', id).execute()
  await q.deleteFrom('usb_devices').where('host', '=', id).execute()
  await q.deleteFrom('devices').where('host', '=', id).execute()
  for (const table of ['agents', 'report_sections', 'errands', 'join_tokens'] as const)
    await q.deleteFrom(table).where('host', '=', id).execute()
  await q.deleteFrom('hosts').where('id', '=', id).execute()
  await noteChanges(q, 'host', [id])
}

function unknownHost(reference: string): NotFound {
  return new NotFound('unknown-host', `no host ${reference}; \`berth host list\` shows the hosts`, {
    host: reference,
  })
}

function toHost(row: Selectable<HostsTable>): Host {
  return { ...toLine(row), ...toReported(row) }
}

function toReported(row: Pick<Selectable<HostsTable>, 'id' | 'capacity' | 'readiness'>): ReportedOfHost {
  return {
    id: row.id,
    capacity: row.capacity === null ? null : fromJson(row.capacity),
    readiness: row.readiness === null ? null : fromJson(row.readiness),
  }
}

function toLine(row: Omit<Selectable<HostsTable>, 'capacity' | 'readiness'>): HostLine {
  return {
    id: row.id,
    name: row.name,
    cluster: row.cluster,
    driver: row.driver,
    uri: row.uri,
    enabled: row.enabled === 1,
    filter: row.filter,
    attributes: fromJson(row.attributes),
    bootId: row.boot_id,
    generation: row.generation,
    reportedAt: row.reported_at,
    failure: row.failure,
    agent: row.agent === 1,
    periods: row.periods === null ? null : fromJson(row.periods),
  }
}
