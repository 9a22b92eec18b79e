/** Numbers given so far to tables whose id counts up: they go along with a copy, since a number that was given means something to a host. */
import { sql } from 'kysely'
import { isSqlite } from './engine.ts'
import type { Queries, Tables, Tx } from './tables.ts'

/** The highest number that was given; 0 = none. */
export async function lastNumber(q: Queries, table: keyof Tables): Promise<number> {
  const query = isSqlite(q)
    ? sql<{ n: number }>`select seq as n from sqlite_sequence where name = ${table}`
    : sql<{
        n: number
      }>`select case when is_called then last_value else 0 end as n from ${sql.table(`${table}_id_seq`)}`
  const { rows } = await query.execute(q)
  return Number(rows[0]?.n ?? 0)
}

/** The next number is the one after it. */
export async function setLastNumber(q: Tx, table: keyof Tables, last: number): Promise<void> {
  if (isSqlite(q)) {
    await sql`delete from sqlite_sequence where name = ${table}`.execute(q)
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(q)
  } else
    await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${Math.max(last, 1)}, ${last > 0})`.execute(
      q,
    )
}
