/** The table `join_tokens`: with one of these, once, a machine becomes a host's agent. Only hashes are kept. */
import type { Queries, Tx } from './tables.ts'

export interface NewJoinToken {
  readonly host: number
  readonly hash: string
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
}

/** The host's earlier ones that nobody used are void. */
export async function insertJoinToken(q: Tx, token: NewJoinToken): Promise<void> {
  await voidJoinTokens(q, token.host, token.createdAt)
  const { host, hash, createdAt, createdBy, expiresAt } = token
  await q
    .insertInto('join_tokens')
    .values({ host, hash, created_at: createdAt, created_by: createdBy, expires_at: expiresAt })
    .execute()
}

export async function voidJoinTokens(q: Queries, host: number, now: number): Promise<void> {
  await q
    .updateTable('join_tokens')
    .set({ used_at: now })
    .where('host', '=', host)
    .where('used_at', 'is', null)
    .execute()
}

/** Takes the token, for good: its host's id, or null where it is unknown, expired or taken. Of two at once one gets it. */
export async function useJoinToken(q: Queries, hash: string, now: number): Promise<number | null> {
  const row = await q
    .updateTable('join_tokens')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('host')
    .executeTakeFirst()
  return row?.host ?? null
}

/** Those that are of no use any more since `before`. */
export async function forgetJoinTokens(q: Queries, before: number): Promise<void> {
  await q
    .deleteFrom('join_tokens')
    .where((or) => or.or([or('expires_at', '<', before), or('used_at', '<', before)]))
    .execute()
}
