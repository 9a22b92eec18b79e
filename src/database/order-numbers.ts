/** The numbers that orders get: never one that a host has seen before, in a database that was restored too. */
import { sql } from 'kysely'
import { isSqlite } from './engine.ts'
import type { Queries } from './tables.ts'

/** The highest that was given out; 0 = none. */
export async function lastOrderNumber(q: Queries): Promise<number> {
  const { rows } = isSqlite(q)
    ? await sql<{ last: number }>`select seq as last from sqlite_sequence where name = 'orders'`.execute(q)
    : await sql<{ last: number }>`
        select coalesce(last_value, 0) as last from pg_sequences
        where schemaname || '.' || sequencename = pg_get_serial_sequence('orders', 'id')`.execute(q)
  return rows[0]?.last ?? 0
}

/** So many were given out in this database, and in those that it is a copy of. Orders are kept for ever. */
export async function countOrders(q: Queries): Promise<number> {
  const { n } = await q
    .selectFrom('orders')
    .select(({ fn }) => fn.countAll().as('n'))
    .executeTakeFirstOrThrow()
  return Number(n)
}

/** The next order's number will be above `highest`. Numbers never go back. */
export async function advanceOrderNumbers(q: Queries, highest: number): Promise<void> {
  if (highest <= (await lastOrderNumber(q))) return
  if (!isSqlite(q)) {
    await sql`select setval(pg_get_serial_sequence('orders', 'id'), ${highest})`.execute(q)
    return
  }
  const { numAffectedRows } =
    await sql`update sqlite_sequence set seq = ${highest} where name = 'orders'`.execute(q)
  if (numAffectedRows === 0n)
    await sql`insert into sqlite_sequence (name, seq) values ('orders', ${highest})`.execute(q)
}
