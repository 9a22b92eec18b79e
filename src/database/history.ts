/** The table `history`: what happened to each VM, in words. */
import { chunks } from './json.ts'
import type { Queries } from './tables.ts'

export interface HistoryLine {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly what: string
}

/** Oldest first. */
export async function listHistory(q: Queries, vm: number): Promise<HistoryLine[]> {
  return q.selectFrom('history').select(['at', 'what']).where('vm', '=', vm).orderBy('id').execute()
}

export async function insertHistory(q: Queries, vm: number, what: string, now: number): Promise<void> {
  await q.insertInto('history').values({ vm, what, at: now }).execute()
}

export async function insertHistories(
  q: Queries,
  lines: readonly { readonly vm: number; readonly what: string }[],
  now: number,
): Promise<void> {
  for (const piece of chunks(lines, 500))
    await q
      .insertInto('history')
      .values(piece.map(({ vm, what }) => ({ vm, what, at: now })))
      .execute()
}
