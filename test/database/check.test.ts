/** `db check` finds what should not be: each row breaks one thing, with the engine's own guards off. */
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { commitPlan } from '../../src/claims/commit.ts'
import { checkDatabase } from '../../src/database/check.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { createVm } from '../../src/lifecycle/create.ts'
import { addHost } from '../../src/lifecycle/hosts.ts'
import { startEngines } from '../support/engines.ts'
import { at, report, reported } from '../support/reports.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

/** VM 1 in BOOT with a GPU and its held mate (group 1); VM 2 pending; a PF and its VF (groups 2, 3) free. */
async function prepare(url: string): Promise<Database> {
  const db = await openDatabase(url, { migrate: true })
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
  return db
}

async function check(db: Database): Promise<string[]> {
  const found = await db.read(checkDatabase)
  await db.close()
  expect(found.every(({ message }) => message.length > 20)).toBe(true)
  return found.map(({ code }) => code)
}

const CLAIM = (address: string, vm: number, group: number) =>
  `insert into claims values (1, '${address}', ${vm}, 0, 'passed', ${group}, null, 1)`

const BROKEN: readonly [string, string, readonly string[]][] = [
  [
    'a claim whose group is nobody’s',
    'delete from group_claims',
    ['claim-without-group-claim', 'dangling-row'],
  ],
  [
    'a mate that is not held',
    `delete from claims where role = 'held'`,
    ['group-not-whole', 'history-without-end'],
  ],
  [
    'a claim in another group than its device',
    "update devices set iommu_group = 9, facts = replace(facts, '\"iommuGroup\":1', '\"iommuGroup\":9') where address = '0000:10:00.0'",
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
    ['claim-not-in-history', 'claim-of-missing-vm', 'dangling-row', 'devices-missing', 'history-without-end'],
  ],
  [
    'a claimed device that is not there',
    `delete from devices where address = '0000:10:00.1'`,
    ['claim-of-missing-device', 'dangling-row', 'history-without-end'],
  ],
  [
    'a VM without its devices',
    'delete from claims; delete from group_claims',
    ['devices-missing', 'history-without-end'],
  ],
  [
    'a VF and its PF claimed',
    `insert into group_claims values (1, 2, 1), (1, 3, 1); ${CLAIM('0000:20:00.0', 1, 2)}; ${CLAIM('0000:20:00.1', 1, 3)}`,
    ['claim-not-in-history', 'devices-missing', 'pf-and-vf-claimed', 'pf-with-vfs-claimed'],
  ],
  ['a BOOT without an order', `update orders set state = 'done', finished_at = 1`, ['order-and-state']],
  ['an order of another epoch', 'update vms set epoch = 5 where id = 1', ['order-and-epoch']],
  [
    'a SHUTDOWN that leads nowhere',
    `update vms set state = 'SHUTDOWN' where id = 1`,
    ['order-and-state', 'release-to-nowhere'],
  ],
  [
    'a PF claimed that has VFs',
    `insert into group_claims values (1, 2, 1); ${CLAIM('0000:20:00.0', 1, 2)}`,
    ['claim-not-in-history', 'devices-missing', 'pf-with-vfs-claimed'],
  ],
  [
    'a VF whose PF is not there',
    "update devices set present = 0 where address = '0000:20:00.0'",
    ['vf-without-pf'],
  ],
  [
    'a bridge that is held',
    `update devices set bridge = 1, facts = replace(facts, '"bridge":false', '"bridge":true') where address = '0000:10:00.1'`,
    ['claim-of-bridge'],
  ],
  [
    'a host bridge that is passed',
    `update devices set class_id = '0600', facts = replace(facts, '"0302"', '"0600"') where address = '0000:10:00.0'`,
    ['claim-of-bridge'],
  ],
  [
    'columns that do not say what the facts say',
    'update devices set numa_node = 3 where iommu_group = 2',
    ['device-torn'],
  ],
  [
    'a claim of which nothing is remembered',
    "delete from device_history where address = '0000:10:00.1'",
    ['claim-not-in-history'],
  ],
  [
    'a claim that its VM gave back',
    "insert into device_history (host, device, address, at, event, vm, what) select host, device, address, 2, 'released', 1, '' from device_history where address = '0000:10:00.0'",
    ['claim-not-in-history'],
  ],
  [
    'a claim that has no end, and is not there',
    "insert into device_history (host, device, address, at, event, vm, what) values (1, 'serial:9', '0000:30:00.0', 2, 'claimed', 2, '')",
    ['history-without-end'],
  ],
  [
    'a quarantine that nobody explains',
    "update devices set health = 'quarantined' where address = '0000:20:00.0'",
    ['quarantine-without-reason'],
  ],
  [
    'a reason without a quarantine',
    "update devices set health_reason = 'old' where address = '0000:20:00.0'",
    ['reason-without-state'],
  ],
  [
    'a device in service that failed too often',
    "update devices set failures = 3 where address = '0000:20:00.0'",
    ['failing-in-service'],
  ],
  [
    'an epoch below that of a placement',
    'update vms set epoch = 0 where id = 1',
    ['epoch-used-again', 'order-and-epoch'],
  ],
  [
    'an epoch that two placements had',
    `insert into orders (vm, host, kind, epoch, state, body, attempts, not_before, created_at, finished_at)
     select vm, host, kind, epoch, 'done', body, 1, 0, 1, 1 from orders`,
    ['epoch-used-again'],
  ],
]

/** One connection without the engine's own guard of foreign keys. */
function damage(db: Database, statements: string): Promise<void> {
  const off = db.dialect === 'sqlite' ? 'pragma foreign_keys = OFF' : 'set session_replication_role = replica'
  return db.kysely.connection().execute(async (q) => {
    for (const statement of [off, ...statements.split(';')]) await sql.raw(statement).execute(q)
  })
}

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('db check', () => {
    test('finds nothing wrong in a database that Berth wrote', async () => {
      const db = await prepare(await fresh())
      expect(await check(db)).toEqual([])
      await db.close()
    })

    test.each(BROKEN)('finds %s', async (_, statements, codes) => {
      const db = await prepare(await fresh())
      await damage(db, statements)
      // PostgreSQL has no look for them of its own.
      const expected = codes.filter((code) => code !== 'dangling-row' || db.dialect === 'sqlite')
      expect([...new Set(await check(db))].sort()).toEqual(expected)
      await db.close()
    })
  })
})
