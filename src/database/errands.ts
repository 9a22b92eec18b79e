/** The table `errands`: what agents are asked for beside orders, and what they answered. */
import type { Selectable } from 'kysely'
import type { Errand, ErrandKind } from '../model/agent-protocol.ts'
import { noteChanges } from './changes.ts'
import { fromJson } from './json.ts'
import type { ErrandsTable, Queries } from './tables.ts'

export interface StoredErrand extends Errand {
  readonly host: number
  readonly state: ErrandsTable['state']
  /** Any JSON; the reason in words where it failed; null = none yet. */
  readonly answer: unknown
}

/** Gives the new id. Its host's agent is woken. */
export async function insertErrand(
  q: Queries,
  host: number,
  errand: { readonly kind: ErrandKind; readonly body: unknown },
  now: number,
): Promise<number> {
  const { kind, body } = errand
  const row = { host, kind, body: JSON.stringify(body), state: 'waiting', created_at: now } as const
  const { id } = await q.insertInto('errands').values(row).returning('id').executeTakeFirstOrThrow()
  await noteChanges(q, 'order', [host])
  return id
}

export async function findErrand(q: Queries, id: number): Promise<StoredErrand | null> {
  const row = await q.selectFrom('errands').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toErrand(row) : null
}

/** Oldest first. */
export async function listWaitingErrands(q: Queries, host: number): Promise<StoredErrand[]> {
  const rows = await q
    .selectFrom('errands')
    .selectAll()
    .where('host', '=', host)
    .where('state', '=', 'waiting')
    .orderBy('id')
    .execute()
  return rows.map(toErrand)
}

/** False = it is none of this host's, or it was answered before. */
export async function finishErrand(
  q: Queries,
  host: number,
  id: number,
  outcome: { readonly ok: boolean; readonly answer: unknown },
  now: number,
): Promise<boolean> {
  const { ok, answer } = outcome
  const row = await q
    .updateTable('errands')
    .set({ state: ok ? 'done' : 'failed', answer: JSON.stringify(answer ?? null), finished_at: now })
    .where('id', '=', id)
    .where('host', '=', host)
    .where('state', '=', 'waiting')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Those that were made before `before` (ms since the epoch): whoever asked has gone. */
export async function forgetErrands(q: Queries, before: number): Promise<void> {
  await q.deleteFrom('errands').where('created_at', '<', before).execute()
}

function toErrand(row: Selectable<ErrandsTable>): StoredErrand {
  return {
    id: row.id,
    host: row.host,
    kind: row.kind,
    body: fromJson(row.body),
    state: row.state,
    answer: row.answer === null ? null : fromJson(row.answer),
  }
}
