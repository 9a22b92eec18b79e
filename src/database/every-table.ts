/** All tables, in an order in which rows can be written (what a row names comes first), with what a copy needs to know of each. */
import { sql } from 'kysely'
import type { Queries, Tables } from './tables.ts'

export interface CopiedTable {
  readonly name: keyof Tables
  /** The primary key: rows are read in its order, a page after the other. */
  readonly key: readonly string[]
  /** Its `id` counts up, and is never given twice. */
  readonly counts: boolean
}

const counting = (name: keyof Tables): CopiedTable => ({ name, key: ['id'], counts: true })
const keyed = (name: keyof Tables, ...key: string[]): CopiedTable => ({ name, key, counts: false })

/** Who works on a database right now does not go along with its rows. */
export const NOT_COPIED: readonly (keyof Tables)[] = ['leases']

export const EVERY_TABLE: readonly CopiedTable[] = [
  keyed('meta', 'id'),
  counting('hosts'),
  counting('templates'),
  counting('vms'),
  keyed('devices', 'host', 'address'),
  keyed('domains', 'host', 'uuid'),
  keyed('group_claims', 'host', 'iommu_group'),
  keyed('claims', 'host', 'address'),
  keyed('usb_devices', 'host', 'key'),
  keyed('usb_claims', 'host', 'key'),
  counting('orders'),
  keyed('journal', 'order_id', 'seq'),
  counting('history'),
  counting('device_history'),
  keyed('agents', 'host'),
  keyed('report_sections', 'host', 'section'),
  counting('errands'),
  counting('tokens'),
  counting('join_tokens'),
  keyed('quotas', 'owner', 'selector'),
  counting('audit'),
  counting('changes'),
]

export async function countRows(q: Queries, table: keyof Tables): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(q)
  return Number(rows[0]?.n ?? 0)
}
