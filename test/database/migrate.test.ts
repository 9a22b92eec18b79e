/** A database that an older Berth wrote, with rows in it, is brought forward: nothing is lost, and every invariant holds. */
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { checkDatabase } from '../../src/database/check.ts'
import { listClaims } from '../../src/database/claims.ts'
import { listDeviceHistory } from '../../src/database/device-history.ts'
import { listDevices } from '../../src/database/devices.ts'
import { IDENTITY, SCHEMA_VERSION } from '../../src/database/migrate.ts'
import { initial } from '../../src/database/migrations/0001-initial.ts'
import { type Database, openDatabase } from '../../src/database/open.ts'
import { getOrder, insertOrder, listVmOrders, openDeviceOrder } from '../../src/database/orders.ts'
import { getVm } from '../../src/database/vms.ts'
import { terminateVm } from '../../src/lifecycle/ask.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { startEngines } from '../support/engines.ts'
import { at, CAPACITY, reported } from '../support/reports.ts'

const { engines, stop } = await startEngines()
afterAll(stop)

const A = '0000:10:00.0'
const MATE = '0000:10:00.1'

function deviceRow(address: string, identity: string | null, offered: 0 | 1): string {
  const { offered: _, ...facts } = reported(address, { iommuGroup: 4, identity })
  const text = (value: string | null) => (value === null ? 'null' : `'${value}'`)
  return `insert into devices values (1, '${address}', '10de', '20b0', '0302', 'plain', null, null, 4, null, 0, ${text(identity)},
    '${JSON.stringify(facts)}', ${offered}, 1, '[]', 0, 'ok', null, 0, 100, 100)`
}

/** As version 1 wrote it: VM 1 runs with a GPU, which a mate without an identity goes with; VM 2 was there before it. */
const ROWS: readonly string[] = [
  `insert into meta values (1, 'c1', 1)`,
  `insert into hosts (id, name, cluster, driver, uri, enabled, filter, attributes, capacity, boot_id, generation, reported_at, failure)
    values (1, 'kvm-a', 'default', 'simulator', '/', 1, null, '{}', '${JSON.stringify(CAPACITY)}', 'boot-1', 3, 100, null)`,
  deviceRow(A, 'serial:1', 1),
  deviceRow(MATE, null, 0),
  ...[1, 2].map(
    (
      id,
    ) => `insert into vms (id, name, state, priority, template, cpu, memory_mib, epoch, host, only_host, after_release,
      failures, not_before, message, created_at, changed_at) values (${id}, 'v${id}', '${id === 1 ? 'RUNNING' : 'DONE'}', 0,
      'MEMORY = 64', 0, 64, 1, ${id === 1 ? 1 : 'null'}, null, null, 0, 0, null, 50, 60)`,
  ),
  `insert into group_claims values (1, 4, 1)`,
  `insert into claims values (1, '${A}', 1, 0, 'passed', 4, 'serial:1', 1)`,
  `insert into claims values (1, '${MATE}', 1, null, 'held', 4, null, 1)`,
  `insert into orders (vm, host, kind, epoch, state, body, attempts, not_before, created_at, finished_at)
    values (1, 1, 'deploy', 1, 'done', '${JSON.stringify({ ...{ vm: 1, host: 1, kind: 'deploy', epoch: 1 }, devices: [{ role: 'passed' }], definition: { machine: 'q35' } })}',
    1, 0, 55, 60)`,
  `insert into journal (order_id, seq, step, state, facts, at) values (1, 1, 'create', 'begun', '{}', 56)`,
]

async function writeVersion1(url: string): Promise<void> {
  if (!url.includes('://')) {
    const file = new Sqlite(url)
    for (const statement of [...initial(IDENTITY.sqlite, 'sqlite'), ...ROWS]) file.exec(statement)
    file.close()
    return
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  // `fresh` keeps the tables of the present schema.
  await client.query('drop schema public cascade; create schema public')
  for (const statement of [...initial(IDENTITY.postgres, 'postgres'), ...ROWS]) await client.query(statement)
  await client.end()
}

describe.each(engines)('$engine', ({ skip, fresh }) => {
  describe.skipIf(skip)('a database of schema version 1', () => {
    async function upgraded(): Promise<Database> {
      const url = await fresh()
      await writeVersion1(url)
      await expect(openDatabase(url, { migrate: false })).rejects.toMatchObject({
        ...{ code: 'schema-older', facts: { found: 1, known: SCHEMA_VERSION } },
      })
      return openDatabase(url, { migrate: true })
    }

    test('keeps its rows, gets a history that begins with its claims, and goes on', async () => {
      const db = await upgraded()
      expect(db.cluster).toBe('c1')
      expect(await getVm(db.kysely, 1)).toMatchObject({ state: 'RUNNING', host: 1 })
      expect((await listClaims(db.kysely)).map(({ address, role }) => [address, role])).toEqual([
        [A, 'passed'],
        [MATE, 'held'],
      ])
      expect((await listDevices(db.kysely, 1)).map(({ identity }) => identity)).toEqual(['serial:1', null])
      const history = (address: string, identity: string | null) =>
        listDeviceHistory(db.kysely, { host: 1, address: at(address), identity })
      const claimed = { at: 55, event: 'claimed', vm: 1 }
      expect(await history(A, 'serial:1')).toEqual([{ ...claimed, address: A, what: 'passed to VM 1' }])
      expect(await history(MATE, null)).toEqual([{ ...claimed, address: MATE, what: 'held for VM 1' }])
      expect(await db.read(checkDatabase)).toEqual([])

      await terminateVm(db, 1, {}, 200)
      const released = { kind: 'released', order: 2, vm: 1, host: 1, epoch: 1 } as const
      await db.transaction((q) => applyEvent(q, released, 210))
      expect((await history(A, 'serial:1')).map(({ event }) => event)).toEqual(['claimed', 'released'])
      expect(await db.read(checkDatabase)).toEqual([])
      await db.close()
    })

    test('keeps its orders with their numbers and journals', async () => {
      const db = await upgraded()
      expect(await listVmOrders(db.kysely, { vm: 1 })).toMatchObject([{ order: { id: 1 }, state: 'done' }])
      expect(await db.kysely.selectFrom('journal').select(['order_id', 'step']).execute()).toEqual([
        { order_id: 1, step: 'create' },
      ])
      await db.close()
    })

    test('afterwards lets a device have one open order of its own, and no journal be without its order', async () => {
      const db = await upgraded()
      const q = db.kysely
      const { vendorId, deviceId, classId, identity, iommuGroup } = reported(A, { iommuGroup: 4 })
      const device = { address: at(A), vendorId, deviceId, classId, identity, iommuGroup }
      const about = { kind: 'bind', host: 1, cluster: 'c1', bootId: null, to: { kind: 'matching' } } as const
      const order = { ...about, devices: [device] as const }
      const first = await insertOrder(q, order, 9)
      expect(first).toBe(2)
      expect(await getOrder(q, first)).toMatchObject({ order: { ...order, id: first }, state: 'waiting' })
      expect(await openDeviceOrder(q, 1, device.address)).toMatchObject({ order: { id: first } })
      await expect(insertOrder(q, order, 9)).rejects.toThrow()
      const orphan = { order_id: 99, seq: 1, step: 'x', state: 'done', facts: '{}', at: 1 } as const
      await expect(q.insertInto('journal').values(orphan).execute()).rejects.toThrow()
      const ofNobody = { vm: null, address: null, host: 1, kind: 'bind', epoch: 0 } as const
      const row = {
        ...ofNobody,
        state: 'waiting',
        body: '{}',
        attempts: 0,
        not_before: 0,
        created_at: 1,
      } as const
      await expect(q.insertInto('orders').values(row).execute()).rejects.toThrow()
      await db.close()
    })
  })
})
