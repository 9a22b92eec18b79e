/** A database of 2,000 hosts with 40 devices each, of which half as many VMs have some, made through the inventory and the scheduler themselves. */
import { domainOf } from '../cluster-controller/reports.mjs'
import { credentialOf, hashOf, reportOf, wishOf } from './hosts.mjs'

export const HOSTS = Number(process.env.BERTH_MAP_HOSTS ?? 2000)
const VMS = HOSTS / 2

const template = (cores, gib, ...blocks) =>
  [`CPU = ${cores}`, `MEMORY = ${gib * 1024}`, ...blocks.map((block) => `PCI = [ ${block} ]`)].join('\n')

/** In turn. */
const TEMPLATES = [
  ['train', template(16, 128, 'VENDOR = "10de", DEVICE = "20b0", COUNT = 4', 'CLASS = "0200"')],
  ['finetune', template(8, 64, 'VENDOR = "10de", DEVICE = "20b0"')],
  [
    'llm',
    template(64, 512, 'VENDOR = "10de", DEVICE = "2330", COUNT = 8', 'DEVICE = "101d"', 'CLASS = "0108"'),
  ],
  ['render', template(8, 32, 'DEVICE = "26b1"')],
  ['store', template(4, 16, 'DEVICE = "2712", COUNT = 2', 'DEVICE = "a80a", COUNT = 2')],
  ['synth', template(8, 32, 'DEVICE = "5020"', 'DEVICE = "1592"')],
]

/** Times are those of the making: reports are fresh. */
export async function fillCluster(berth, db, now) {
  const hosts = []
  for (let n = 0; n < HOSTS; n++) hosts.push({ ...(await berth.addHost(db, wishOf(n))), n })
  for (const { id, n } of hosts) await berth.ingestReport(db, id, reportOf(berth, n), now - 5000)
  for (const [name, text] of TEMPLATES) await berth.insertTemplate(db.kysely, name, text, now)
  for (let n = 0; n < VMS; n++) {
    const [name, text] = TEMPLATES[n % TEMPLATES.length]
    const owner = n % 3 === 0 ? 'ada' : null
    await berth.createVm(db, text, { name: `${name}-${n}`, owner }, now - 4000)
  }
  await place(berth, db, now)
  await run(berth, db, now)
  const gone = await goneOf(db)
  for (const host of hosts) await berth.ingestReport(db, host.id, await reportNow(berth, db, host, gone), now)
  await mark(berth, db, now)
  await joined(db, now)
}

async function place(berth, db, now) {
  const options = { policy: 'spread', now: now + 10 ** 9, stateOf: () => 'on' }
  const basis = await db.read((q) => berth.readSnapshot(q, options))
  await berth.commitPlan(db, berth.planCluster(basis.snapshot).placements, basis, now - 3000)
}

/** Most run; one in twenty still boots, and as many are asked to stop: their orders wait for an agent that never comes. */
async function run(berth, db, now) {
  const { kysely } = db
  const placed = await kysely.selectFrom('vms').select('id').where('state', '=', 'BOOT').execute()
  const ids = placed.map(({ id }) => id).filter((id) => id % 20 !== 0)
  await kysely.updateTable('vms').set({ state: 'RUNNING' }).where('id', 'in', ids).execute()
  await kysely.updateTable('orders').set({ state: 'done', finished_at: now }).where('vm', 'in', ids).execute()
  for (const id of ids) if (id % 20 === 1) await berth.stopVm(db, id, {}, now)
}

/** Places of a few devices that VMs have and that are not seen any more. */
async function goneOf({ kysely }) {
  const claims = await kysely
    .selectFrom('claims')
    .select(['host', 'address'])
    .where('vm', 'in', [102, 203, 304])
    .execute()
  return claims
}

export async function reportNow(berth, { kysely, cluster }, { id, n }, gone = []) {
  const vms = await kysely
    .selectFrom('vms')
    .select(['id', 'epoch'])
    .where('host', '=', id)
    .where('state', '<>', 'BOOT')
    .execute()
  const claims = await kysely
    .selectFrom('claims')
    .select(['vm', 'address'])
    .where('host', '=', id)
    .where('role', '=', 'passed')
    .execute()
  const addressesOf = (vm) => claims.filter((claim) => claim.vm === vm).map(({ address }) => address)
  const domains = vms.map((vm) => domainOf(cluster, vm.id, vm.epoch, addressesOf(vm.id)))
  return reportOf(berth, n, {
    domains,
    gone: gone.filter(({ host }) => host === id).map(({ address }) => address),
  })
}

/** Drained and quarantined devices, and hosts that do not answer. */
async function mark(berth, db, now) {
  const devices = await db.kysely
    .selectFrom('devices')
    .select(['host', 'address'])
    .where('bridge', '=', 0)
    .execute()
  for (const [at, { host, address }] of devices.entries())
    if (at % 251 === 0)
      await berth.changeHealth(db, 'drain', { host, address, reason: 'firmware update' }, now)
    else if (at % 1201 === 1)
      await berth.changeHealth(db, 'quarantine', { host, address, reason: 'fell off the bus twice' }, now)
  for (const host of [150, 777, 1500].filter((id) => id <= HOSTS))
    await db.transaction((q) => berth.markSilent(q, host, 'its agent is not heard', now))
}

const YEARS = 20 * 365 * 86_400_000

/** Agents that count as heard for years to come, whether they run (agents.mjs) or not; those of silent hosts are not heard. */
async function joined({ kysely }, now) {
  const hosts = await kysely.selectFrom('hosts').select(['id', 'name', 'failure']).execute()
  for (const { id, name, failure } of hosts) {
    const agent = {
      host: id,
      credential_hash: hashOf(credentialOf(name)),
      version: '0.0.0-bench',
      joined_at: now,
    }
    const heard =
      failure === null ? { heard_at: now + YEARS, compared: 1 } : { heard_at: now - 3_600_000, compared: 0 }
    await kysely
      .insertInto('agents')
      .values({ ...agent, ...heard })
      .execute()
  }
}
