/** Opening: what is created, and what is refused with nothing changed. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isDuplicate } from '../../src/database/failure.ts'
import { insertHost, listHosts, type NewHost } from '../../src/database/hosts.ts'
import { SCHEMA_VERSION } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-open-'))
  file = join(folder, 'berth.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const host = (name: string): NewHost => ({
  ...{ name, cluster: 'default', driver: 'simulator', uri: '/', enabled: true },
  ...{ filter: null, attributes: {} },
})

async function create(): Promise<void> {
  const db = await openDatabase(file, { migrate: true })
  await insertHost(db.kysely, host('a'))
  await db.close()
}

test('a file keeps what was written, WAL, and its cluster id', async () => {
  await create()
  const first = await openDatabase(file, { migrate: false })
  const again = await openDatabase(file, { migrate: true })
  expect(again.cluster).toBe(first.cluster)
  expect((await listHosts(again.kysely)).map(({ name }) => name)).toEqual(['a'])
  await Promise.all([first.close(), again.close()])
  const raw = new Sqlite(file, { readonly: true })
  expect(raw.pragma('journal_mode', { simple: true })).toBe('wal')
  raw.close()
})

test('programs that start at once on a new file agree on one database', async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => openDatabase(file, { migrate: true })))
  expect(new Set(all.map(({ cluster }) => cluster)).size).toBe(1)
  await Promise.all(all.map((db) => db.close()))
})

test('a database in memory is complete', async () => {
  const db = await openDatabase(':memory:', { migrate: true })
  expect(await insertHost(db.kysely, host('a'))).toBe(1)
  await db.close()
})

test('a host’s id is not given again after the host is gone', async () => {
  const db = await openDatabase(':memory:', { migrate: true })
  const first = await insertHost(db.kysely, host('a'))
  await db.kysely.deleteFrom('hosts').execute()
  expect(await insertHost(db.kysely, host('a'))).toBeGreaterThan(first)
  await db.close()
})

test('what breaks a constraint is told apart from other failures', async () => {
  const db = await openDatabase(':memory:', { migrate: true })
  const meta = { id: 1, cluster: 'x', schema_version: 1 }
  await expect(db.kysely.insertInto('meta').values(meta).execute()).rejects.toSatisfy(isDuplicate)
  await db.close()
})

interface Refusal {
  readonly title: string
  readonly code: string
  readonly migrate: boolean
  readonly prepare: () => void | Promise<void>
}

const change = (statement: string) => async () => {
  await create()
  const raw = new Sqlite(file)
  raw.exec(statement)
  raw.pragma('wal_checkpoint(TRUNCATE)')
  raw.close()
}

const REFUSALS: readonly Refusal[] = [
  { title: 'a file that is not there', code: 'database-missing', migrate: false, prepare: () => undefined },
  {
    title: 'a file that is no database',
    code: 'database-corrupt',
    migrate: true,
    prepare: () => writeFileSync(file, 'this is not a database, it is a letter '.repeat(40)),
  },
  {
    title: 'a database whose pages are damaged',
    code: 'database-corrupt',
    migrate: true,
    prepare: async () => {
      await create()
      const raw = new Sqlite(file)
      raw.pragma('wal_checkpoint(TRUNCATE)')
      raw.close()
      const bytes = readFileSync(file)
      bytes.fill(0xa5, 100, 4096)
      writeFileSync(file, bytes)
    },
  },
  {
    title: 'a newer schema',
    code: 'schema-newer',
    migrate: true,
    prepare: change(`update meta set schema_version = ${SCHEMA_VERSION + 1}`),
  },
  {
    title: 'an older schema, where nobody asked to migrate',
    code: 'schema-older',
    migrate: false,
    prepare: () => writeFileSync(file, ''),
  },
  {
    title: 'another program’s database',
    code: 'database-foreign',
    migrate: true,
    prepare: () => {
      const raw = new Sqlite(file)
      raw.exec('create table bookmarks (url text)')
      raw.close()
    },
  },
  {
    title: 'another program’s database that has a table of our name',
    code: 'database-foreign',
    migrate: true,
    prepare: () => {
      const raw = new Sqlite(file)
      raw.exec('create table meta (key text)')
      raw.close()
    },
  },
  {
    title: 'a folder in place of a file',
    code: 'database-missing',
    migrate: true,
    prepare: () => mkdirSync(file),
  },
]

test.each(REFUSALS)('refused, nothing changed: $title', async ({ code, migrate, prepare }) => {
  await prepare()
  const isFile = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
  if (isFile) copyFileSync(file, `${file}.before`)
  await expect(openDatabase(file, { migrate })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(file),
  })
  if (isFile && code !== 'schema-older') expect(readFileSync(file)).toEqual(readFileSync(`${file}.before`))
  if (!isFile) expect(statSync(file, { throwIfNoEntry: false })?.isFile() ?? false).toBe(false)
})

test('refused: a file in a folder that does not exist', async () => {
  const nowhere = join(folder, 'no', 'berth.db')
  await expect(openDatabase(nowhere, { migrate: true })).rejects.toMatchObject({
    code: 'database-unwritable',
  })
})

test('refused: a server that does not answer, its password not told', async () => {
  const url = 'postgres://berth:secret@127.0.0.1:1/berth'
  const failure = await openDatabase(url, { migrate: true }).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'database-unreachable' })
  expect(String(failure)).toContain('127.0.0.1:1')
  expect(JSON.stringify(failure) + String(failure)).not.toContain('secret')
})
