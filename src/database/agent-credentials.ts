/** Of the table `agents`: whose credential somebody shows. Only hashes are kept. */
import type { Queries } from './tables.ts'

export interface AgentCredential {
  readonly host: number
  readonly hostName: string
}

/** `hash`: SHA-256 of the secret, hex. Null = nobody's. */
export async function findAgentByCredential(q: Queries, hash: string): Promise<AgentCredential | null> {
  const row = await q
    .selectFrom('agents')
    .innerJoin('hosts', 'hosts.id', 'agents.host')
    .select(['hosts.id', 'hosts.name'])
    .where('agents.credential_hash', '=', hash)
    .executeTakeFirst()
  return row ? { host: row.id, hostName: row.name } : null
}

/** From now on this one, and no other, speaks for the host; what the agent before said counts no further. */
export async function replaceCredential(q: Queries, host: number, hash: string, now: number): Promise<void> {
  const fresh = {
    ...{ credential_hash: hash, joined_at: now, incarnation: null, version: null },
    ...{ last_message: 0, last_report: 0, heard_at: null, compared: 0 as const },
  }
  await q
    .insertInto('agents')
    .values({ host, ...fresh })
    .onConflict((conflict) => conflict.column('host').doUpdateSet(fresh))
    .execute()
}

/** No secret has this for a hash. False = the host had no agent, or a void one. */
export async function voidCredential(q: Queries, host: number): Promise<boolean> {
  const { numUpdatedRows } = await q
    .updateTable('agents')
    .set({ credential_hash: `void-${host}`, incarnation: null, compared: 0 })
    .where('host', '=', host)
    .where('credential_hash', '<>', `void-${host}`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
