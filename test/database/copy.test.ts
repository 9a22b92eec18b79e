/** `berth db copy` between all engines: everything arrives, numbers go on, and what must not be is refused without a trace. */
import { existsSync } from 'node:fs'
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { EVERY_TABLE, NOT_COPIED } from '../../src/database/every-table.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { terminateVm } from '../../src/lifecycle/ask.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import { checkDatabaseFile, copyWholeDatabase } from '../../src/maintenance.ts'
import { startEngines } from '../support/engines.ts'
import { fillDatabase } from '../support/full-database.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

/** One server has one database here, so PostgreSQL is copied from and to a file. */
const PAIRS = engines.flatMap((from) =>
  engines
    .filter((to) => from.engine === 'SQLite' || to.engine === 'SQLite')
    .map((to) => ({ from, to, pair: `${from.engine} -> ${to.engine}`, skip: from.skip || to.skip })),
)

async function within<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openDatabase(url, { migrate: false })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

const rowsOf = (url: string) =>
  within(url, async ({ kysely }) => {
    const tables: Record<string, unknown[]> = {}
    for (const { name, key } of EVERY_TABLE) {
      const order = sql.join(key.map((column) => sql.ref(column)))
      tables[name] = (await sql`select * from ${sql.table(name)} order by ${order}`.execute(kysely)).rows
    }
    return tables
  })

describe.each(PAIRS)('$pair', ({ from, to, skip }) => {
  describe.skipIf(skip)('a copy', () => {
    let source: string
    let target: string
    beforeEach(async () => {
      source = await from.fresh()
      target = await to.fresh()
      const db = await openDatabase(source, { migrate: true })
      await fillDatabase(db, 1100)
      await db.close()
    })
    const copy = (served = false) => copyWholeDatabase(source, target, { served })

    test('has every row of every table, the same id, and breaks no invariant', async () => {
      const before = await rowsOf(source)
      expect(Object.entries(before).filter(([, rows]) => rows.length === 0)).toEqual([])
      const told = await copy()
      expect(await rowsOf(target)).toEqual(before)
      expect(await checkDatabaseFile(target)).toEqual([])
      expect(told.cluster).toBe(await within(target, async ({ cluster }) => cluster))
      expect(told.rows).toEqual(
        Object.fromEntries(Object.entries(before).map(([name, rows]) => [name, rows.length])),
      )
    })

    test('gives no number a second time, those of deleted rows included', async () => {
      const next = async (db: Database) => {
        const facts = { cluster: 'c', driver: 'libvirt', uri: '/', enabled: true, filter: null } as const
        const host = await addHost(db, { name: 'new', ...facts, attributes: {} })
        const vm = await createVm(db, 'MEMORY = 64', {}, 500)
        await terminateVm(db, 1, {}, 500)
        const { rows } = await sql<{ id: number }>`select max(id) as id from orders`.execute(db.kysely)
        return [host.id, vm.id, rows[0]?.id]
      }
      await copy()
      expect(await within(target, next)).toEqual([3, 1104, 3])
    })

    test('of a database that a serve works on is refused, unless that is meant', async () => {
      await within(source, ({ kysely }) =>
        kysely
          .insertInto('leases')
          .values({ name: 'serve', holder: 'x', expires_at: Date.now() + 10_000 })
          .execute(),
      )
      await expect(copy()).rejects.toMatchObject({ code: 'database-served' })
      await copy(true)
      const leases = ({ kysely }: Database) => kysely.selectFrom('leases').selectAll().execute()
      expect(await within(target, leases)).toEqual([])
    })

    test('into a database with rows is refused, and these stay as they are', async () => {
      const db = await openDatabase(target, { migrate: true })
      await createVm(db, 'MEMORY = 64', {}, 1)
      await db.close()
      const before = await rowsOf(target)
      await expect(copy()).rejects.toMatchObject({ code: 'database-not-empty', facts: { table: 'vms' } })
      expect(await rowsOf(target)).toEqual(before)
    })

    test('of a database that breaks an invariant is refused', async () => {
      await within(source, ({ kysely }) => kysely.deleteFrom('device_history').execute())
      await expect(copy()).rejects.toMatchObject({ code: 'database-unsound' })
    })

    test('that stops half-way leaves no row, and the next one is whole', async () => {
      await within(source, ({ kysely }) => sql`alter table changes add column strange text`.execute(kysely))
      await expect(copy()).rejects.toThrow(/strange/)
      if (!target.includes('://')) expect(existsSync(target)).toBe(false)
      else expect((await rowsOf(target)).vms).toEqual([])
      await within(source, ({ kysely }) => sql`alter table changes drop column strange`.execute(kysely))
      await copy()
      expect(await rowsOf(target)).toEqual(await rowsOf(source))
    })
  })
})

describe.each(engines)('$engine', ({ skip, fresh }) => {
  test.skipIf(skip)('every table there is is copied, or is said not to be', async () => {
    const db = await openDatabase(await fresh(), { migrate: true })
    const names =
      db.dialect === 'sqlite'
        ? sql<{
            name: string
          }>`select name from sqlite_master where type = 'table' and name not like 'sqlite%'`
        : sql<{
            name: string
          }>`select table_name as name from information_schema.tables where table_schema = current_schema()`
    const present = (await names.execute(db.kysely)).rows.map(({ name }) => name)
    await db.close()
    expect(present.sort()).toEqual([...EVERY_TABLE.map(({ name }) => name), ...NOT_COPIED].sort())
  })
})
