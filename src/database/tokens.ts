/** The table `tokens`: what people and their programs show at the door. Only hashes are kept. */
import type { Selectable } from 'kysely'
import { Conflict, NotFound } from '../model/errors.ts'
import type { Role } from '../model/identity.ts'
import { isDuplicate } from './failure.ts'
import type { Queries, TokensTable } from './tables.ts'

export interface Token {
  readonly id: number
  readonly name: string
  /** The user that it speaks for. */
  readonly owner: string
  readonly role: Role
  readonly createdAt: number
  readonly createdBy: string
  /** Null = never. */
  readonly expiresAt: number | null
  readonly usedAt: number | null
}

export type NewToken = Omit<Token, 'id' | 'usedAt'> & { readonly hash: string }

/** Gives the new id; Conflict `token-exists`. */
export async function insertToken(q: Queries, token: NewToken): Promise<number> {
  const { name, owner, role, hash, createdAt, createdBy, expiresAt } = token
  const row = { name, owner, role, hash, created_at: createdAt, created_by: createdBy, expires_at: expiresAt }
  try {
    return (await q.insertInto('tokens').values(row).returning('id').executeTakeFirstOrThrow()).id
  } catch (error) {
    if (!isDuplicate(error)) throw error
    throw new Conflict(
      'token-exists',
      `a token named ${name} exists already; revoke it first, or choose another name`,
      { name },
      error,
    )
  }
}

/** By id; only those of `owner` where it is given. */
export async function listTokens(q: Queries, owner: string | null = null): Promise<Token[]> {
  let query = q.selectFrom('tokens').selectAll().orderBy('id')
  if (owner !== null) query = query.where('owner', '=', owner)
  return (await query.execute()).map(toToken)
}

export async function getToken(q: Queries, id: number): Promise<Token> {
  return toToken(await q.selectFrom('tokens').selectAll().where('id', '=', id).executeTakeFirstOrThrow())
}

/** `hash`: SHA-256 of the secret, hex; null = there is none. One that expired is found too. */
export async function findTokenByHash(q: Queries, hash: string): Promise<Token | null> {
  const row = await q.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst()
  return row ? toToken(row) : null
}

/** By name. NotFound `unknown-token`. */
export async function deleteToken(q: Queries, name: string): Promise<Token> {
  const row = await q.deleteFrom('tokens').where('name', '=', name).returningAll().executeTakeFirst()
  if (row) return toToken(row)
  throw new NotFound('unknown-token', `no token ${name}; \`berth token list\` shows the tokens`, { name })
}

export async function noteTokenUse(q: Queries, id: number, now: number): Promise<void> {
  await q.updateTable('tokens').set({ used_at: now }).where('id', '=', id).execute()
}

function toToken(row: Selectable<TokensTable>): Token {
  return {
    id: row.id,
    name: row.name,
    owner: row.owner,
    role: row.role,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
  }
}
