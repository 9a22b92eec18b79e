/** The table `agents`: each host's agent, its credential, and how far what it says was taken in. */
import type { Selectable } from 'kysely'
import { noteChanges } from './changes.ts'
import { chunks } from './json.ts'
import type { AgentsTable, Queries } from './tables.ts'

export interface StoredAgent {
  readonly host: number
  readonly joinedAt: number
  /** Null = it has not said hello yet. */
  readonly incarnation: string | null
  readonly version: string | null
  readonly lastMessage: number
  readonly lastReport: number
  /** Milliseconds since the epoch; null = never. */
  readonly heardAt: number | null
  /** Its domains were compared since it, or the controller, came back. */
  readonly compared: boolean
}

export interface NewAgent {
  readonly host: number
  /** SHA-256 of the credential, hex. */
  readonly credentialHash: string
  readonly joinedAt: number
}

/** The host has no agent yet: a second row breaks the primary key. */
export async function insertAgent(q: Queries, agent: NewAgent): Promise<void> {
  const { host, credentialHash, joinedAt } = agent
  await q
    .insertInto('agents')
    .values({ host, credential_hash: credentialHash, joined_at: joinedAt })
    .execute()
}

/**
 * The host's agent, new or in the place of the one before: whose credential is of no use from now on, and who is superseded. What
 * runs there is to be compared anew.
 */
export async function replaceCredential(q: Queries, agent: NewAgent): Promise<void> {
  const { host, credentialHash, joinedAt } = agent
  const row = { credential_hash: credentialHash, joined_at: joinedAt }
  const fresh = { incarnation: null, version: null, last_message: 0, last_report: 0 }
  await q
    .insertInto('agents')
    .values({ host, ...row })
    .onConflict((conflict) =>
      conflict.column('host').doUpdateSet({ ...row, ...fresh, heard_at: null, compared: 0 }),
    )
    .execute()
}

/** Nobody's credential has the hash that stays. False = there was none, or none that was good. */
export async function voidCredential(q: Queries, host: number): Promise<boolean> {
  const nobodys = `void-${host}`
  const { numUpdatedRows } = await q
    .updateTable('agents')
    .set({ credential_hash: nobodys, incarnation: null, compared: 0 })
    .where('host', '=', host)
    .where('credential_hash', '<>', nobodys)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Null = nobody's. */
export async function findAgentByCredential(q: Queries, hash: string): Promise<StoredAgent | null> {
  const row = await q.selectFrom('agents').selectAll().where('credential_hash', '=', hash).executeTakeFirst()
  return row ? toAgent(row) : null
}

/** Null = none has joined. */
export async function findAgent(q: Queries, host: number): Promise<StoredAgent | null> {
  const row = await q.selectFrom('agents').selectAll().where('host', '=', host).executeTakeFirst()
  return row ? toAgent(row) : null
}

/** By host. */
export async function listAgents(q: Queries): Promise<StoredAgent[]> {
  return (await q.selectFrom('agents').selectAll().orderBy('host').execute()).map(toAgent)
}

/** A field left out stays as it is. */
export type AgentChange = Partial<Omit<StoredAgent, 'host' | 'joinedAt'>>

export async function updateAgent(q: Queries, host: number, change: AgentChange): Promise<void> {
  const row = {
    ...(change.incarnation !== undefined && { incarnation: change.incarnation }),
    ...(change.version !== undefined && { version: change.version }),
    ...(change.lastMessage !== undefined && { last_message: change.lastMessage }),
    ...(change.lastReport !== undefined && { last_report: change.lastReport }),
    ...(change.heardAt !== undefined && { heard_at: change.heardAt }),
    ...(change.compared !== undefined && { compared: change.compared ? (1 as const) : (0 as const) }),
  }
  if (Object.keys(row).length === 0) return
  await q.updateTable('agents').set(row).where('host', '=', host).execute()
}

/** All of them were heard at `at`; one that was heard later stays. */
export async function markHeard(q: Queries, hosts: readonly number[], at: number): Promise<void> {
  for (const piece of chunks(hosts, 500))
    await q
      .updateTable('agents')
      .set({ heard_at: at })
      .where('host', 'in', piece)
      .where((row) => row.or([row('heard_at', 'is', null), row('heard_at', '<', at)]))
      .execute()
}

/** What runs on hosts behind agents is not known any more: each is to send all of its report, and is woken to do so. */
export async function forgetComparisons(q: Queries): Promise<void> {
  const rows = await q
    .updateTable('agents')
    .set({ compared: 0 })
    .where('compared', '=', 1)
    .returning('host')
    .execute()
  await noteChanges(
    q,
    'host',
    rows.map(({ host }) => host),
  )
}

/** Hosts whose agent was not heard since `since` (one that never was: that joined before), and that are not known to be silent. */
export async function listNewlySilent(q: Queries, since: number): Promise<StoredAgent[]> {
  const rows = await q
    .selectFrom('agents')
    .innerJoin('hosts', 'hosts.id', 'agents.host')
    .selectAll('agents')
    .where('hosts.agent', '=', 1)
    .where((row) => row(row.fn.coalesce('agents.heard_at', 'agents.joined_at'), '<=', since))
    .where((row) => row.or([row('agents.compared', '=', 1), row('hosts.failure', 'is', null)]))
    .orderBy('agents.host')
    .execute()
  return rows.map(toAgent)
}

function toAgent(row: Selectable<AgentsTable>): StoredAgent {
  return {
    host: row.host,
    joinedAt: row.joined_at,
    incarnation: row.incarnation,
    version: row.version,
    lastMessage: row.last_message,
    lastReport: row.last_report,
    heardAt: row.heard_at,
    compared: row.compared === 1,
  }
}
