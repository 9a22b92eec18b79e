/** SQLite's transactions that are committed together: each whole or not at all, and acknowledged only once it is on the disk. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { groupCommits } from '../../src/database/group-commit.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import type { Tx } from '../../src/database/tables.ts'
import { Conflict } from '../../src/model/errors.ts'

describe('transactions that wait at the same time', () => {
  let folder: string
  let db: Database
  let elsewhere: Sqlite.Database
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-group-'))
    db = await openDatabase(join(folder, 'berth.db'), { migrate: true })
    elsewhere = new Sqlite(join(folder, 'berth.db'))
  })
  afterEach(async () => {
    elsewhere.close()
    await db.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What another program sees. */
  const committed = () =>
    elsewhere.prepare('select name from templates order by id').pluck().all() as string[]
  const insert = (q: Tx, name: string) =>
    q.insertInto('templates').values({ name, text: '', created_at: 1 }).execute()
  const seen = async (q: Tx) =>
    (await q.selectFrom('templates').select('name').execute()).map((row) => row.name)

  test('are one commit, and each is acknowledged after it', async () => {
    const during: (readonly string[])[] = []
    const transaction = groupCommits(db.kysely, { most: 64, ms: 60_000 })
    const work = (name: string) =>
      transaction(async (q) => {
        await insert(q, name)
        during.push(await seen(q), committed())
      })
    const acknowledged = await Promise.all(['a', 'b'].map((name) => work(name).then(committed)))
    expect(during).toEqual([['a'], [], ['a', 'b'], []])
    expect(acknowledged).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  test('do not hinder each other: one that fails leaves nothing, the others are kept', async () => {
    const outcomes = await Promise.allSettled([
      db.transaction((q) => insert(q, 'a')),
      db.transaction(async (q) => {
        await insert(q, 'b')
        throw new Conflict('vm-state', 'no')
      }),
      db.transaction(async (q) => {
        await insert(q, 'c')
        await insert(q, 'a')
      }),
      db.transaction(seen),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'vm-state' } })
    expect(outcomes[2]).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_UNIQUE' } })
    expect(outcomes[3]).toMatchObject({ value: ['a'] })
    expect(committed()).toEqual(['a'])
  })

  test('are all refused where the disk is full at the commit, and nothing of them is there', async () => {
    const pages = Number(elsewhere.pragma('page_count', { simple: true }))
    await sql`pragma cache_size = 5`.execute(db.kysely)
    await sql.raw(`pragma max_page_count = ${pages + 20}`).execute(db.kysely)
    const outcomes = await Promise.allSettled([
      db.transaction((q) => insert(q, 'a')),
      db.transaction((q) => insert(q, 'x'.repeat(1_000_000))),
      db.transaction((q) => insert(q, 'b')),
    ])
    const well = ['a', 'x', 'b'].filter((_, at) => outcomes[at]?.status === 'fulfilled')
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { code: 'database-io' } })
    expect(committed()).toEqual(well)
  })

  test('are refused where the database was closed before their turn', async () => {
    const late = db.transaction((q) => insert(q, 'a'))
    await db.close()
    await expect(late).rejects.toThrow()
    expect(committed()).toEqual([])
    db = await openDatabase(join(folder, 'berth.db'), { migrate: false })
  })

  test('run in the order in which they were asked for, many more than fit into one commit', async () => {
    const names = Array.from({ length: 300 }, (_, n) => `t${n}`)
    await Promise.all(names.map((name) => db.transaction((q) => insert(q, name))))
    expect(committed()).toEqual(names)
  })

  test('leave room for readers between', async () => {
    const writes = Array.from({ length: 200 }, (_, n) => db.transaction((q) => insert(q, `t${n}`)))
    await writes[0]
    expect((await db.read(seen)).length).toBeLessThan(200)
    await Promise.all(writes)
    expect(await db.read(seen)).toHaveLength(200)
  })
})
