/** A database with 1,000 hosts of 40 devices and 5,000 running VMs, made through the inventory and the scheduler themselves. */
import { domainOf, reportOf } from './reports.mjs'

export const HOSTS = 1000
export const DEVICES = 40
export const VMS = 5000

/** One GPU and one NIC, four cores. */
export const TEMPLATE =
  'CPU = 2\nMEMORY = 4096\nPCI = [ VENDOR = "10de", DEVICE = "20b0" ]\nPCI = [ CLASS = "0200" ]'

export async function fillCluster(berth, db) {
  const hosts = []
  for (let n = 0; n < HOSTS; n++) {
    const wish = {
      name: `kvm-${n}`,
      cluster: 'default',
      driver: 'simulator',
      uri: '/',
      enabled: true,
      filter: null,
    }
    hosts.push(await berth.addHost(db, { ...wish, attributes: { RACK: `r${n % 40}` } }))
  }
  for (const { id, name } of hosts) await berth.ingestReport(db, id, reportOf(berth, name, DEVICES), 1000)
  for (let n = 0; n < VMS; n++) await berth.createVm(db, TEMPLATE, {}, 2000)
  await place(berth, db, 'spread')
  await db.kysely.updateTable('vms').set({ state: 'RUNNING' }).where('state', '=', 'BOOT').execute()
  await db.kysely.updateTable('orders').set({ state: 'done', finished_at: 3000 }).execute()
  for (const host of hosts) await berth.ingestReport(db, host.id, await reportNow(berth, db, host), 4000)
  return hosts
}

/** Everything pending is planned and committed; gives how many were. */
export async function place(berth, db, policy) {
  const basis = await db.read((q) => berth.readSnapshot(q, { policy, now: 10 ** 12, stateOf: () => 'on' }))
  const { placements } = berth.planCluster(basis.snapshot)
  return (await berth.commitPlan(db, placements, basis, 2500)).committed.length
}

/** What the host would report now. */
export async function reportNow(berth, db, { id, name }, facts = {}) {
  const { kysely, cluster } = db
  const vms = await kysely.selectFrom('vms').select(['id', 'epoch']).where('host', '=', id).execute()
  const claims = await kysely.selectFrom('claims').select(['vm', 'address']).where('host', '=', id).execute()
  const domains = vms.map(({ id: vm, epoch }) =>
    domainOf(
      cluster,
      vm,
      epoch,
      claims.filter((claim) => claim.vm === vm).map(({ address }) => address),
    ),
  )
  return reportOf(berth, name, DEVICES, { domains, ...facts })
}
