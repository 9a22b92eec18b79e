/**
 * What a controller of 1,000 hosts with 40 devices each and 5,000 running VMs spends on what it does all the time, on SQLite with
 * synchronous=FULL: a schedule of 100 new VMs, a creation, a report. Nothing is limited; the machine decides.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadBerth } from './cluster-controller/bundle.mjs'
import { DEVICES, fillCluster, HOSTS, reportNow, TEMPLATE, VMS } from './cluster-controller/cluster.mjs'
import { commitsPerSecond, cost, line } from './cluster-controller/measure.mjs'

// Not the system's temporary folder: that may be memory, where nothing has to reach a disk.
const cache = join(resolve(import.meta.dirname, '..'), 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'bench-cluster-'))

try {
  const berth = await loadBerth(folder)
  const db = await berth.openDatabase(join(folder, 'berth.db'), { migrate: true })
  const hosts = await fillCluster(berth, db)
  console.log(
    `cluster-controller: ${HOSTS} hosts of ${DEVICES} devices, ${VMS} running VMs; median ms (processor ms)`,
  )
  await schedules(berth, db)
  await creations(berth, db)
  await reports(berth, db, hosts)
  const kept = berth.keepHosts()
  const hearing = { now: 8000, silentAfterMs: 60_000 }
  const summaries = (...keep) => db.read((q) => berth.readHostSummaries(q, hearing, {}, ...keep))
  line('host summaries, read whole', await cost(5, () => summaries()))
  line('host summaries, kept', await cost(5, () => summaries(kept)))
  line('VM summaries', await cost(5, () => db.read((q) => berth.readVmSummaries(q, {}))))
  await db.close()
  console.log(`  bare one-row commits on this disk: ${commitsPerSecond(join(folder, 'raw.db'))}/s`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Ten rounds of 100 VMs created, planned on a picture read whole or kept, committed. */
async function schedules(berth, db) {
  const kept = berth.keepHosts()
  const readNow = (hosts) => {
    const options = { policy: 'pack', now: 10 ** 12, stateOf: () => 'on', ...(hosts && { kept: hosts }) }
    return db.read((q) => berth.readSnapshot(q, options))
  }
  line('snapshot, read whole', await cost(5, () => readNow(null)))
  await readNow(kept)
  line('snapshot, kept, nothing changed', await cost(5, () => readNow(kept)))
  const parts = { read: [], plan: [], commit: [] }
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 100; n++) await berth.createVm(db, TEMPLATE, {}, 5000)
    let basis
    let plan
    parts.read.push(await cost(1, async () => (basis = await readNow(kept))))
    parts.plan.push(await cost(1, () => (plan = berth.planCluster(basis.snapshot))))
    parts.commit.push(await cost(1, () => berth.commitPlan(db, plan.placements, basis, 6000)))
  }
  line('snapshot, kept, after 100 placements', parts.read)
  line('plan of 100 VMs', parts.plan)
  line('commit of 100 placements', parts.commit)
}

async function creations(berth, db) {
  const create = () => berth.createVm(db, TEMPLATE, { hold: true }, 5000)
  const all = (count) => Promise.all(Array.from({ length: count }, create))
  const { wall, cpu } = await cost(5, () => all(200))
  line('create a VM, one after the other', await cost(200, create))
  line('create a VM, 200 at once, each', { wall: wall / 200, cpu: cpu / 200 })
}

async function reports(berth, db, hosts) {
  const some = hosts.slice(0, 50)
  const take = async (facts) => {
    const costs = []
    for (const host of some) {
      const report = await reportNow(berth, db, host, facts)
      costs.push(await cost(1, () => berth.ingestReport(db, host.id, report, 7000)))
    }
    return costs
  }
  await take({})
  line('report that is as before', await take({}))
  line('report with every driver changed', await take({ driver: 'vfio-pci' }))
}
