/**
 * What a page that shows 2,000 hosts of 40 devices asks for, with 1,000 VMs: milliseconds through the application (reading, views, JSON), and each as a
 * multiple of the first. Nothing is limited.
 *
 * `node bench/device-map.mjs --db FILE` writes the database into a new file in place of that, to be looked at with `berth serve --db FILE`: its
 * hosts are `on`, whether agents of theirs run or not. `--agents FILE PORT` runs these agents, on the `serve` of that file at that
 * port of this machine, so that VMs are placed, run and end. BERTH_MAP_HOSTS (2000): how many hosts.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadBerth } from './cluster-controller/bundle.mjs'
import { runAgents } from './device-map/agents.mjs'
import { fillCluster, HOSTS } from './device-map/cluster.mjs'
import { measure } from './device-map/measure.mjs'

const [flag = '', file = '', port = ''] = process.argv.slice(2)
const known = {
  '': file === '',
  '--db': file !== '' && !existsSync(file),
  '--agents': existsSync(file) && port,
}
if (!known[flag]) {
  console.error('device-map: nothing, --db FILE (that is not there yet), or --agents FILE PORT')
  process.exit(2)
}

// Not the system's temporary folder: that may be memory, where nothing has to reach a disk.
const cache = join(resolve(import.meta.dirname, '..'), 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'bench-devices-'))
try {
  const berth = await loadBerth(folder)
  if (flag === '--agents') await beAgents(berth)
  else await fill(berth)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function fill(berth) {
  const db = await berth.openDatabase(file === '' ? join(folder, 'berth.db') : file, { migrate: true })
  // What is measured writes nothing.
  await berth.sql`pragma synchronous = off`.execute(db.kysely)
  await fillCluster(berth, db, Date.now())
  if (file === '') await measure(berth, db)
  else console.log(`device-map: ${file} has ${HOSTS} hosts; see it with: berth serve --db ${file}`)
  await db.close()
}

/** Until somebody ends it. */
async function beAgents(berth) {
  const db = await berth.openDatabase(file, { migrate: false })
  const { agents, figures } = await runAgents(berth, db, Number(port))
  await db.close()
  console.log(`device-map: ${agents} agents are heard`)
  setInterval(() => {
    for (const [what, times] of figures.refusals()) console.log(`  ${times} x ${what}`)
  }, 30_000)
}
