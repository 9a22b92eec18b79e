/** The table `audit`: who did what, and what was refused. Never a secret, never a template's text. */
import { chunks } from './json.ts'
import type { Queries } from './tables.ts'

export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** A token's name, `agent:<host>`, `local:<user>`; `-` = nobody that is known. */
  readonly who: string
  readonly role: string
  /** The client's address; null = this machine's command line. */
  readonly origin: string | null
  readonly action: string
  readonly subject: string | null
  /** `ok`, or the code of the refusal. */
  readonly outcome: string
  readonly facts: Readonly<Record<string, string | number>>
}

export interface StoredAuditEntry extends AuditEntry {
  readonly id: number
}

export async function insertAudit(q: Queries, entries: readonly AuditEntry[]): Promise<void> {
  for (const piece of chunks(entries, 100))
    await q
      .insertInto('audit')
      .values(piece.map((entry) => ({ ...entry, facts: JSON.stringify(entry.facts) })))
      .execute()
}

export interface AuditSelection {
  /** Not before. */
  readonly since?: number
  readonly who?: string
  readonly limit: number
}

/** The newest that fit, oldest of them first. */
export async function listAudit(q: Queries, selection: AuditSelection): Promise<StoredAuditEntry[]> {
  let query = q.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(selection.limit)
  if (selection.since !== undefined) query = query.where('at', '>=', selection.since)
  if (selection.who !== undefined) query = query.where('who', '=', selection.who)
  const rows = await query.execute()
  return rows.reverse().map((row) => ({ ...row, facts: readFacts(row.facts) }))
}

function readFacts(text: string): Readonly<Record<string, string | number>> {
  const facts: unknown = JSON.parse(text)
  return Object.fromEntries(
    Object.entries(facts ?? {}).filter(
      (pair): pair is [string, string | number] => typeof pair[1] === 'string' || typeof pair[1] === 'number',
    ),
  )
}

/** Drops what is older than `before` (ms since the epoch), and of the rest all but the newest `most`. */
export async function forgetAudit(q: Queries, before: number, most: number): Promise<void> {
  await q.deleteFrom('audit').where('at', '<', before).execute()
  const oldest = await q
    .selectFrom('audit')
    .select('id')
    .orderBy('id', 'desc')
    .offset(most)
    .limit(1)
    .executeTakeFirst()
  if (oldest) await q.deleteFrom('audit').where('id', '<=', oldest.id).execute()
}
