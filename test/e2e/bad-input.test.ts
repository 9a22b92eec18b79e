/** What people get wrong: each is told in one line on standard error, with exit status 1 or 2, and nothing is changed. */
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { berth, PROGRAM } from './shipped.ts'

vi.setConfig({ testTimeout: 60_000, maxConcurrency: 2 })

let folder: string
let database: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-bad-input-'))
  database = join(folder, 'berth.db')
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text)
  file('good.tmpl', 'NAME = "good"\nMEMORY = 64\nPCI = [ VENDOR = "10de" ]\n')
  file('broken.tmpl', 'NAME = "broken"\nPCI = [ VENDOR = "10de",\n        CLASS "0302" ]\n')
  file('senseless.tmpl', 'NAME = "senseless"\nMEMORY = 64\nPCI = [ VENDOR = "nvidia" ]\n')
  file('no-memory.tmpl', 'NAME = "no-memory"\nPCI = [ VENDOR = "10de" ]\n')
  file('cluster.json', '{ "hosts": ')
  file('empty.tmpl', ' \n')
  file('huge.tmpl', `MEMORY = 64\n${'#'.repeat(2_000_000)}`)
  file('65.tmpl', `MEMORY = 64\n${'PCI = [ VENDOR = "10de" ]\n'.repeat(65)}`)
  for (const args of [
    ['host', 'add', 'sim', '--driver', 'simulator', '--machine', 'sim-gpu-render'],
    ['template', 'create', 'good.tmpl'],
    ['vm', 'create', 'good.tmpl', '--name', 'waiting'],
  ])
    expect(await berth(folder, ...args)).toMatchObject({ status: 0 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Every row of every table: whatever changes shows here. */
function contents(path: string): string {
  const db = new Sqlite(path, { readonly: true })
  const tables = db.prepare(`select name from sqlite_master where type = 'table' order by name`).pluck().all()
  const rows = tables.map((name) => [name, db.prepare(`select * from "${String(name)}"`).all()])
  db.close()
  return JSON.stringify(rows)
}

describe('refused, and nothing changed', () => {
  test.concurrent.each<[string, number, readonly string[], RegExp]>([
    ['a template that breaks off', 1, ['template', 'create', 'broken.tmpl'], /line 3, column 14.*expected/],
    ['the same when it is only checked', 1, ['template', 'check', 'broken.tmpl'], /line 3, column 14/],
    [
      'a template with a value that cannot be meant',
      1,
      ['vm', 'create', 'senseless.tmpl'],
      /nvidia.*hexadecimal|hexadecimal.*nvidia/,
    ],
    ['a VM without memory', 1, ['vm', 'create', 'no-memory.tmpl'], /MEMORY/],
    ['a template file that is not there', 1, ['vm', 'create', './nowhere.tmpl'], /nowhere\.tmpl/],
    ['a template that is there already', 1, ['template', 'create', 'good.tmpl'], /good exists/],
    ['an unknown template', 1, ['template', 'instantiate', 'nowhere'], /no template nowhere/],
    ['an unknown host', 1, ['host', 'show', 'nowhere'], /no host nowhere/],
    ['an unknown host to deploy on', 1, ['vm', 'deploy', 'waiting', 'nowhere'], /no host nowhere/],
    ['an unknown VM', 1, ['vm', 'terminate', 'nowhere'], /no VM nowhere/],
    [
      'a host of that name',
      1,
      ['host', 'add', 'sim', '--driver', 'simulator', '--machine', 'sim-nic'],
      /sim exists/,
    ],
    [
      'a machine that nobody described',
      1,
      ['host', 'add', 'b', '--driver', 'simulator', '--machine', 'cray'],
      /sim-nic/,
    ],
    [
      'a wrong filter',
      1,
      ['host', 'add', 'b', '--driver', 'simulator', '--machine', 'sim-nic', '--filter', '10de:zz'],
      /zz/,
    ],
    [
      'a libvirt of another machine',
      1,
      ['host', 'add', 'b', '--driver', 'libvirt', '--uri', 'qemu+ssh://b/system'],
      /local/,
    ],
    [
      'a uri for a simulated host',
      2,
      ['host', 'add', 'b', '--driver', 'simulator', '--uri', 'qemu:///system'],
      /--uri/,
    ],
    ['a host without a driver', 2, ['host', 'add', 'b'], /--driver/],
    ['an unknown driver', 2, ['host', 'add', 'b', '--driver', 'xen'], /xen/],
    ['a device that is no address', 2, ['device', 'show', 'sim', 'eth0'], /eth0/],
    ['an unknown device', 1, ['device', 'show', 'sim', 'ff:00.0'], /ff:00\.0/],
    ['stopping a VM that waits', 1, ['vm', 'stop', 'waiting'], /PENDING.*cannot stop.*possible: hold/],
    ['starting a VM that waits', 1, ['vm', 'start', 'waiting'], /PENDING.*cannot start/],
    ['a grace that is no number', 2, ['vm', 'stop', 'waiting', '--grace', 'long'], /long/],
    ['an unknown command', 2, ['vm', 'explode', 'waiting'], /explode/],
    ['schedule without --once', 2, ['schedule'], /--once/],
    ['a cluster file that breaks off', 1, ['plan', 'cluster.json'], /JSON/],
    ['an unknown schema', 1, ['schema', 'nowhere'], /no schema nowhere/],
    ['a probe of a folder that is no sysfs', 1, ['probe', 'pci', '--sysfs', '/nowhere'], /\/nowhere/],
    ['a schema by a word that every object knows', 1, ['schema', 'constructor'], /no schema constructor/],
    ['a folder for a template', 1, ['vm', 'create', '.'], /\. cannot be read: it is a directory/],
    ['an empty template', 1, ['template', 'create', 'empty.tmpl'], /empty\.tmpl is empty/],
    [
      'a binary file for a template',
      1,
      ['template', 'check', 'berth.db'],
      /berth\.db cannot be read: .*UTF-8/,
    ],
    ['a template above all measure', 1, ['vm', 'create', 'huge.tmpl'], /huge\.tmpl has \d+ characters/],
    ['65 devices', 1, ['vm', 'create', '65.tmpl'], /65\.tmpl: line 66, .*65 devices; a VM can have 64/],
    ['a name of two lines', 1, ['vm', 'show', 'a\nb'], /no VM a b;/],
    [
      'a name that shows a path',
      1,
      ['vm', 'create', 'good.tmpl', '--name', '../etc'],
      /^berth: name: must be a name/,
    ],
    [
      'a priority beyond all',
      1,
      ['vm', 'create', 'good.tmpl', '--priority', '9999999'],
      /^berth: priority: must be/,
    ],
    [
      'a grace of years',
      1,
      ['vm', 'stop', 'waiting', '--grace', '999999999'],
      /^berth: graceSeconds: must be/,
    ],
    ['an amount that is none in a filter', 2, ['vm', 'list', '-f', 'MEM>much'], /amount of memory/],
    ['a database without a name', 1, ['--db', '', 'vm', 'list'], /postgres:\/\/ URL/],
    [
      'a database of another kind',
      1,
      ['--db', 'mysql://u:secret@db/x', 'vm', 'list'],
      /'mysql:\/\/\*\*\*@db\/x'/,
    ],
    ['a cluster file that is not there', 1, ['plan', 'nowhere.json'], /there is no file nowhere\.json/],
    ['a wrong filter for a probe', 2, ['probe', 'pci', '--filter', '10de:zz'], /zz/],
  ])('%s', async (_, status, args, words) => {
    const before = contents(database)
    expectRefusal(await berth(folder, ...args), status, words)
    expect(contents(database)).toBe(before)
  })
})

function expectRefusal(ended: Awaited<ReturnType<typeof berth>>, status: number, words: RegExp): void {
  expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: '' })
  expect(ended.stderr).toMatch(words)
  const [line = '', ...more] = ended.stderr.split('\n')
  expect(line).toMatch(/^berth(?: probe pci| plan)?: /)
  // Wrong usage is followed by a hint at --help.
  expect(more.filter((text) => text !== '' && !text.includes('--help'))).toEqual([])
}

/** Databases that are not to be used, each a file that is the same afterwards. */
const DATABASES: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  [
    'a file that is no database',
    (path) => writeFileSync(path, 'dear diary, '.repeat(100)),
    /not an SQLite database/,
  ],
  [
    'a damaged file',
    (path) => {
      copyFileSync(database, path)
      const bytes = readFileSync(path)
      writeFileSync(path, bytes.fill(0x5a, 100, bytes.length))
    },
    /damaged/,
  ],
  [
    "another program's database",
    (path) => void new Sqlite(path).exec('create table recipes (name text)').close(),
    /another program's database/,
  ],
  [
    'a newer schema',
    (path) => {
      new Sqlite(database).exec(`vacuum into '${path}'`).close()
      new Sqlite(path).exec('update meta set schema_version = 99').close()
    },
    /has schema 99, this berth knows/,
  ],
]

describe.each(DATABASES)('on %s', (_, make, words) => {
  test.each([['host', 'list'], ['db', 'check'], ['db', 'migrate'], ['serve']])(
    'berth %s %s is refused',
    async (...args) => {
      const path = join(mkdtempSync(join(folder, 'file-')), 'berth.db')
      make(path)
      const before = readFileSync(path)
      const command = args.filter((word) => word !== undefined)
      expectRefusal(await berth(folder, '--db', path, ...command), 1, words)
      expect(readFileSync(path).equals(before)).toBe(true)
    },
  )
})

test.skipIf(!existsSync('/dev/full')).each([
  ['host', 'list'],
  ['probe', 'pci'],
])('a disk that is full is told in one line: %s %s', (...args) => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, BERTH_DB: database },
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  closeSync(full)
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^berth: standard output cannot be written: ENOSPC.*\n$/),
  })
})

describe('a database', () => {
  test('in a folder that is not there is refused', async () => {
    const path = join(folder, 'nowhere', 'berth.db')
    expectRefusal(await berth(folder, '--db', path, 'host', 'list'), 1, /folder must exist and be writable/)
  })

  test('that is a folder is refused', async () => {
    const path = join(folder, 'folder.db')
    mkdirSync(path)
    expectRefusal(await berth(folder, '--db', path, 'host', 'list'), 1, /folder\.db/)
  })

  test('that is not there is not made by a check', async () => {
    const path = join(folder, 'typo.db')
    expectRefusal(await berth(folder, '--db', path, 'db', 'check'), 1, /typo\.db does not exist/)
  })

  test('of a server that does not answer is named, without its password', async () => {
    const ended = await berth(folder, '--db', 'postgres://berth:secret@127.0.0.1:1/berth', 'host', 'list')
    expectRefusal(ended, 1, /cannot connect to postgres:\/\/berth:\*\*\*@127\.0\.0\.1:1\/berth/)
  })
})
