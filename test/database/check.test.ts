/** `db check` finds what should not be: each row breaks one thing, with the engine's own guards off. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commitPlan } from '../../src/claims/commit.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { openDatabase } from '../../src/database/open.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import { at, report, reported } from '../support/reports.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-check-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** VM 1 in BOOT with a GPU and its held mate (group 1); VM 2 pending; a PF and its VF (groups 2, 3) free. */
async function prepare(file: string): Promise<void> {
  const db = await openDatabase(file, { migrate: true })
  const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true } as const
  const host = await addHost(db, { name: 'h', ...facts, filter: null, attributes: {} })
  const devices = [
    reported('0000:10:00.0', { iommuGroup: 1 }),
    reported('0000:10:00.1', { iommuGroup: 1 }),
    reported('0000:20:00.0', { iommuGroup: 2, kind: 'pf' }),
    reported('0000:20:00.1', { iommuGroup: 3, kind: 'vf', parent: at('0000:20:00.0') }),
  ]
  await ingestReport(db, host.id, report(devices), 1)
  for (let n = 0; n < 2; n++) await createVm(db, 'MEMORY = 64\nPCI = [ VENDOR = "10de" ]', {}, 1)
  const basis = await db.read((q) => readSnapshot(q, { policy: 'pack', now: 1, stateOf: () => 'on' }))
  const given = [{ request: 0, address: at('0000:10:00.0') }]
  await commitPlan(db, [{ vm: 1, host: host.id, devices: given, held: [] }], basis, 1)
  await db.close()
}

async function check(file: string): Promise<string[]> {
  const db = await openDatabase(file, { migrate: false })
  const found = await db.read(checkDatabase)
  await db.close()
  expect(found.every(({ message }) => message.length > 20)).toBe(true)
  return found.map(({ code }) => code)
}

test('nothing is wrong in a database that Berth wrote', async () => {
  const file = join(folder, 'berth.db')
  await prepare(file)
  expect(await check(file)).toEqual([])
})

const CLAIM = (address: string, vm: number, group: number) =>
  `insert into claims values (1, '${address}', ${vm}, 0, 'passed', ${group}, null, 1)`

test.each<[string, string, string[]]>([
  [
    'a claim whose group is nobody’s',
    'delete from group_claims',
    ['claim-without-group-claim', 'dangling-row'],
  ],
  ['a mate that is not held', `delete from claims where role = 'held'`, ['group-not-whole']],
  [
    'a claim in another group than its device',
    "update devices set iommu_group = 9, facts = json_set(facts, '$.iommuGroup', 9) where address = '0000:10:00.0'",
    ['claim-group-differs'],
  ],
  [
    'a group claim without a device',
    "insert into group_claims values (1, 3, 2); delete from claims where address = '0000:20:00.1'",
    ['group-claim-empty', 'group-not-whole'],
  ],
  [
    'a claim of a VM that waits',
    `update vms set state = 'POWEROFF', host = null where id = 1`,
    ['claim-of-idle-vm', 'order-and-state'],
  ],
  [
    'a claim of a VM that does not exist',
    'update claims set vm = 77; update group_claims set vm = 77',
    ['claim-of-missing-vm', 'dangling-row', 'devices-missing'],
  ],
  [
    'a claimed device that is not there',
    `delete from devices where address = '0000:10:00.1'`,
    ['claim-of-missing-device', 'dangling-row'],
  ],
  ['a VM without its devices', 'delete from claims; delete from group_claims', ['devices-missing']],
  [
    'a VF and its PF claimed',
    `insert into group_claims values (1, 2, 1), (1, 3, 1); ${CLAIM('0000:20:00.0', 1, 2)}; ${CLAIM('0000:20:00.1', 1, 3)}`,
    ['devices-missing', 'pf-and-vf-claimed'],
  ],
  ['a BOOT without an order', `update orders set state = 'done', finished_at = 1`, ['order-and-state']],
  ['an order of another epoch', 'update vms set epoch = 5 where id = 1', ['order-and-epoch']],
  [
    'a SHUTDOWN that leads nowhere',
    `update vms set state = 'SHUTDOWN' where id = 1`,
    ['order-and-state', 'release-to-nowhere'],
  ],
])('found: %s', async (_, statements, codes) => {
  const file = join(folder, 'berth.db')
  await prepare(file)
  const raw = new Sqlite(file)
  raw.pragma('foreign_keys = OFF')
  raw.exec(statements)
  raw.close()
  expect([...new Set(await check(file))].sort()).toEqual(codes)
})
