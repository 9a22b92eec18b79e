/** PostgreSQL behind Kysely: a small pool of connections; 64-bit integers arrive as numbers. */
import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { postgresFailure } from './failure.ts'

const INT8 = 20

/** Times and counts are below 2^53. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
}

/** Connects once, so that a wrong address is an error now: `database-unreachable`. */
export async function openPostgres(url: string): Promise<Dialect> {
  const pool = new pg.Pool({ connectionString: url, max: 8, types, connectionTimeoutMillis: 10_000 })
  // An idle connection that breaks is dropped by the pool; the next query opens another one, or says why it can't.
  pool.on('error', () => undefined)
  try {
    const client = await pool.connect()
    client.release()
  } catch (error) {
    await pool.end()
    throw postgresFailure(url, error)
  }
  return new PostgresDialect({ pool })
}
