/** A database with rows in every table, and with numbers that were given and are gone. */
import { planCluster } from '../../scheduler/plan/plan.ts'
import { commitPlan } from '../../src/claims/commit.ts'
import type { Database } from '../../src/database/open.ts'
import { openOrder } from '../../src/database/orders.ts'
import { ingestReport } from '../../src/inventory/ingest.ts'
import { readSnapshot } from '../../src/inventory/snapshot.ts'
import { createTemplate, createVm } from '../../src/lifecycle/create.ts'
import { applyEvent } from '../../src/lifecycle/events.ts'
import { addHost, removeHost } from '../../src/lifecycle/hosts.ts'
import { CREATE } from '../../src/model/order.ts'
import { appendJournal } from '../../src/orders/journal.ts'
import { takeOrder } from '../../src/orders/take.ts'
import { domain, id, report, reported } from './reports.ts'
import { CONTROLLER, usb } from './usb.ts'

const TEMPLATE = 'MEMORY = 64\nPCI = [ VENDOR = "10de" ]\nUSB = [ VENDOR = "0627", PRODUCT = "0001" ]'

/** VM 1 runs with a GPU, its mate and a tablet; VM 2 boots; VM 3 waits. Host 2 was deleted. `vms` more wait. */
export async function fillDatabase(db: Database, vms = 0): Promise<void> {
  const facts = { cluster: 'default', driver: 'simulator', uri: '/', enabled: true, filter: null } as const
  const { id: host } = await addHost(db, { name: 'a', ...facts, attributes: { RACK: 'r1' } })
  const { id: gone } = await addHost(db, { name: 'b', ...facts, attributes: {} })
  await removeHost(db, gone)
  const devices = [
    reported('0000:10:00.0', { iommuGroup: 1, identity: 'serial:1' }),
    reported('0000:10:00.1', { iommuGroup: 1, offered: false }),
    reported(CONTROLLER, { iommuGroup: 7, classId: id('0c03'), vendorId: id('8086') }),
  ]
  const domains = [domain('other', { hostdevs: [] })]
  await ingestReport(db, host, report(devices, { usb: [usb('1-2')], domains }), 100)
  await createTemplate(db, `NAME = "gpu"\n${TEMPLATE}\n# µ ' "`, undefined, 100)
  await createVm(db, TEMPLATE, { name: 'eins' }, 100)
  await createVm(db, 'MEMORY = 64', { name: "o'zwei" }, 100)
  const basis = await db.read((q) => readSnapshot(q, { policy: 'pack', now: 200, stateOf: () => 'on' }))
  await commitPlan(db, planCluster(basis.snapshot).placements, basis, 200)
  const order = (await openOrder(db.kysely, 1))?.order.id ?? 0
  await takeOrder(db.kysely, order, { holder: 'me', until: 10_000 }, 200)
  const made = { step: CREATE, state: 'begun', facts: { path: '/x' } } as const
  await db.transaction((q) => appendJournal(q, order, 'me', made, 210))
  await db.transaction((q) => applyEvent(q, { kind: 'running', order, vm: 1, host, epoch: 1 }, 220))
  for (let n = 0; n <= vms; n++) await createVm(db, 'MEMORY = 64', { hold: true }, 300)
  await fillCluster(db, host)
}

/** What agents and people beside VMs leave. */
async function fillCluster({ kysely: q }: Database, host: number): Promise<void> {
  const at = { created_at: 400, created_by: 'local:root' }
  await q
    .insertInto('agents')
    .values({ host, credential_hash: 'ab', joined_at: 400, incarnation: 'i', version: '1', heard_at: 500 })
    .execute()
  await q.insertInto('report_sections').values({ host, section: 'usb', hash: 'cd', body: '[]' }).execute()
  await q
    .insertInto('errands')
    .values({
      host,
      kind: 'probe',
      body: '{}',
      state: 'waiting',
      answer: null,
      created_at: 400,
      finished_at: null,
    })
    .execute()
  const token = { owner: 'eva', role: 'user', used_at: null } as const
  await q
    .insertInto('tokens')
    .values({ name: 't1', hash: '01', expires_at: null, ...token, ...at })
    .execute()
  await q
    .insertInto('tokens')
    .values({ name: 't2', hash: '02', expires_at: 2 ** 41, ...token, ...at })
    .execute()
  await q.deleteFrom('tokens').where('name', '=', 't2').execute()
  await q
    .insertInto('join_tokens')
    .values({ host, hash: '03', expires_at: 900, used_at: null, ...at })
    .execute()
  await q.insertInto('quotas').values({ owner: 'eva', selector: '10de:', most: 2 }).execute()
  const said = {
    who: 'eva',
    role: 'user',
    origin: '10.0.0.1',
    action: 'vm create',
    subject: '1',
    outcome: 'ok',
  }
  await q
    .insertInto('audit')
    .values({ at: 400, facts: '{}', ...said })
    .execute()
  await q.insertInto('leases').values({ name: 'host:1', holder: 'me', expires_at: 10 }).execute()
}
