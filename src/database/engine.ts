/** Which engine a query goes to, where the two do not speak alike. */
import { SqliteAdapter } from 'kysely'
import type { Queries } from './tables.ts'

export const isSqlite = (q: Queries): boolean => q.getExecutor().adapter instanceof SqliteAdapter
