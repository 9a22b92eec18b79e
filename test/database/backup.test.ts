/** `berth db backup` of a file that others write at the same time: one moment of it, verified, whole or not at all. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { backupDatabase, checkDatabaseFile } from '../../src/maintenance.ts'
import { fillDatabase } from '../support/full-database.ts'

/** Writes pairs of rows, each pair in one transaction, until it is killed: a backup has both or neither. */
const WRITER = `
const db = new (require('better-sqlite3'))(process.argv[1], { timeout: 5000 })
const one = db.prepare("insert into templates (name, text, created_at) values (?, 'x', 1)")
const pair = db.transaction((n) => { one.run('a' + n); one.run('b' + n) })
for (let n = 0; ; n++) { pair(n); if (n === 20) console.log('writing') }
`

describe('a backup', () => {
  let folder: string
  let file: string
  let target: string
  let db: Database
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-backup-'))
    file = join(folder, 'berth.db')
    target = join(folder, 'backup.db')
    db = await openDatabase(file, { migrate: true })
    await fillDatabase(db)
  })
  afterEach(async () => {
    await db.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const backup = (overwrite = false) => backupDatabase(file, target, { overwrite })
  const names = (path: string): string[] => {
    const copy = new Sqlite(path, { readonly: true })
    const found = copy.prepare('select name from vms order by id').pluck().all()
    copy.close()
    return found.map(String)
  }
  const others = () => readdirSync(folder).filter((name) => !name.startsWith('berth.db'))

  test('is the database as it is now, for its owner alone, and one file', async () => {
    const told = await backup()
    expect(told).toEqual({ location: file, file: target, bytes: statSync(target).size, problems: [] })
    expect(names(target)).toEqual(names(file))
    expect(statSync(target).mode & 0o777).toBe(0o600)
    expect(others()).toEqual(['backup.db'])
    expect(await checkDatabaseFile(target)).toEqual([])
  })

  test('of a file that another program writes all the time ends, and is of one moment', async () => {
    for (let n = 0; n < 300; n++) await createVm(db, `MEMORY = 64\n# ${'x'.repeat(2000)}`, {}, 1)
    const writer = spawn(process.execPath, ['-e', WRITER, file], { cwd: import.meta.dirname })
    try {
      await new Promise((resolve) => writer.stdout.once('data', resolve))
      expect((await backup()).problems).toEqual([])
    } finally {
      writer.kill('SIGKILL')
    }
    const copy = new Sqlite(target, { readonly: true })
    const written = copy.prepare("select name from templates where name <> 'gpu'").pluck().all().map(String)
    copy.close()
    expect(written.length).toBeGreaterThan(40)
    const first = written.filter((name) => name.startsWith('a')).map((name) => name.slice(1))
    const second = written.filter((name) => name.startsWith('b')).map((name) => name.slice(1))
    expect(second.sort()).toEqual(first.sort())
  })

  test('overwrites another file only when told to', async () => {
    writeFileSync(target, 'something else')
    await expect(backup()).rejects.toMatchObject({ code: 'file-exists' })
    expect(readFileSync(target, 'utf8')).toBe('something else')
    await backup(true)
    expect(names(target)).toEqual(names(file))
  })

  test('is refused where it would be the database itself, or a folder', async () => {
    const itself = backupDatabase(file, join(folder, '.', 'berth.db'), { overwrite: true })
    await expect(itself).rejects.toMatchObject({ code: 'backup-target' })
    mkdirSync(target)
    await expect(backup(true)).rejects.toMatchObject({ code: 'backup-target' })
  })

  test.each([
    ['a folder that does not exist', 'database-unwritable', 'berth.db', 'none/backup.db'],
    ['a database that does not exist', 'database-missing', 'none.db', 'backup.db'],
  ])('to or of %s is refused, and leaves nothing', async (_, code, from, to) => {
    const refused = backupDatabase(join(folder, from), join(folder, to), { overwrite: false })
    await expect(refused).rejects.toMatchObject({ code })
    expect(others()).toEqual([])
  })

  test('of a damaged file is refused, and the one before stays', async () => {
    await db.close()
    writeFileSync(target, 'yesterday')
    const bytes = readFileSync(file)
    bytes.fill(0x5a, 4096 * 3, 4096 * 20)
    writeFileSync(file, bytes)
    await expect(backup(true)).rejects.toMatchObject({ code: expect.stringMatching(/damaged|corrupt/) })
    expect(readFileSync(target, 'utf8')).toBe('yesterday')
    expect(others()).toEqual(['backup.db'])
    rmSync(file)
    db = await openDatabase(file, { migrate: true })
  })

  test('of another program’s database is refused', async () => {
    const foreign = join(folder, 'foreign.sqlite')
    const other = new Sqlite(foreign)
    other.exec('create table notes (a)')
    other.close()
    const refused = backupDatabase(foreign, target, { overwrite: false })
    await expect(refused).rejects.toMatchObject({ code: 'database-foreign' })
    expect(others()).toEqual(['foreign.sqlite'])
  })

  test('with a broken invariant is kept, and says so', async () => {
    await db.kysely.deleteFrom('device_history').execute()
    const { problems } = await backup()
    expect(problems?.map(({ code }) => code)).toContain('claim-not-in-history')
    expect(names(target)).toEqual(names(file))
  })

  test('before an upgrade: one of an older schema is verified by its pages', async () => {
    await db.kysely.updateTable('meta').set({ schema_version: 6 }).execute()
    expect((await backup()).problems).toBeNull()
    expect(names(target)).toEqual(names(file))
  })

  test('of PostgreSQL is left to PostgreSQL, whose tool is named', async () => {
    const refused = backupDatabase('postgres://berth@db/berth', target, { overwrite: false })
    await expect(refused).rejects.toMatchObject({ code: 'backup-postgres', message: /pg_dump/ })
  })
})
