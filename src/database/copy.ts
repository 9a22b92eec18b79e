/** `berth db copy`: a whole database into an empty one of either engine, in one transaction there and as of one moment here. */
import { sql } from 'kysely'
import { Conflict } from '../model/errors.ts'
import { checkDatabase, type Violation } from './check.ts'
import { type CopiedTable, countRows, EVERY_TABLE } from './every-table.ts'
import type { Database } from './open.ts'
import { lastNumber, setLastNumber } from './sequences.ts'
import type { Queries, Tx } from './tables.ts'

/** Rows of each table. */
export type RowCounts = Readonly<Record<string, number>>

/**
 * `to` has the present schema and, but for its own `meta`, no rows; it becomes the same database: same cluster id, same numbers to go on from.
 * Conflict `database-unsound` where `from` breaks an invariant, `database-not-empty`, `copy-differs` where what arrived is not what was
 * read; nothing was written then.
 */
export function copyDatabase(from: Database, to: Database): Promise<RowCounts> {
  return from.read(async (source) => {
    requireSound(from.location, await checkDatabase(source))
    return to.transaction(async (target) => {
      await requireEmpty(target, to.location)
      await sql`delete from meta`.execute(target)
      const counts: Record<string, number> = {}
      for (const table of EVERY_TABLE) counts[table.name] = await copyTable(source, target, table)
      await requireSame(source, target, to.location)
      requireSound(to.location, await checkDatabase(target))
      return counts
    })
  })
}

function requireSound(location: string, [first, ...others]: readonly Violation[]): void {
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` (and ${others.length} more: \`berth db check\` tells)`
  throw new Conflict('database-unsound', `${location} is not sound: ${first.message}${more}`, {
    location,
    problem: first.code,
  })
}

async function requireEmpty(q: Queries, location: string): Promise<void> {
  for (const { name } of EVERY_TABLE) {
    if (name === 'meta' || (await countRows(q, name)) === 0) continue
    throw new Conflict(
      'database-not-empty',
      `${location} has rows in its table ${name}: a database is copied into an empty one only; nothing was written`,
      { location, table: name },
    )
  }
}

/** A statement's parameters stay below the engines' limits. */
const PARAMETERS = 20_000
const PAGE = 1000

async function copyTable(source: Queries, target: Tx, { name, key, counts }: CopiedTable): Promise<number> {
  let written = 0
  for (let page = await readPage(source, name, key, null); page.length > 0; ) {
    await insertRows(target, name, page)
    written += page.length
    page = await readPage(source, name, key, page.at(-1) ?? null)
  }
  if (counts) await setLastNumber(target, name, await lastNumber(source, name))
  return written
}

type Row = Readonly<Record<string, unknown>>

/** The rows behind `after`, in the order of the key. */
async function readPage(
  q: Queries,
  table: string,
  key: readonly string[],
  after: Row | null,
): Promise<Row[]> {
  const columns = sql.join(key.map((column) => sql.ref(column)))
  const values = after === null ? null : sql.join(key.map((column) => after[column]))
  const where = values === null ? sql`` : sql`where (${columns}) > (${values})`
  const { rows } = await sql<Row>`
    select * from ${sql.table(table)} ${where} order by ${columns} limit ${sql.lit(PAGE)}`.execute(q)
  return rows
}

async function insertRows(q: Tx, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const size = Math.max(1, Math.floor(PARAMETERS / Math.max(1, columns.length)))
  const names = sql.join(columns.map((column) => sql.ref(column)))
  for (let start = 0; start < rows.length; start += size) {
    const values = rows
      .slice(start, start + size)
      .map((row) => sql`(${sql.join(columns.map((column) => row[column]))})`)
    await sql`insert into ${sql.table(table)} (${names}) values ${sql.join(values)}`.execute(q)
  }
}

async function requireSame(source: Queries, target: Queries, location: string): Promise<void> {
  for (const { name, counts } of EVERY_TABLE) {
    const rows = [await countRows(source, name), await countRows(target, name)]
    const last = counts ? [await lastNumber(source, name), await lastNumber(target, name)] : [0, 0]
    if (rows[0] === rows[1] && last[0] === last[1]) continue
    throw new Conflict(
      'copy-differs',
      `${location}: table ${name} has ${rows[1]} rows up to number ${last[1]}, and should have ${rows[0]} up to ${last[0]}; nothing was written`,
      { location, table: name },
    )
  }
}
