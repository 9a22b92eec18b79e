/**
 * What a page that shows 2,000 hosts of 40 devices asks for, with 1,000 VMs: milliseconds through the application (reading, views, JSON), and each as a
 * multiple of the first. Nothing is limited. `node bench/device-map.mjs --db FILE` writes the database into a new file in place of that, to be
 * looked at with `berth serve --db FILE`: its hosts are `on` although no agent of theirs runs.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadBerth } from './cluster-controller/bundle.mjs'
import { fillCluster, HOSTS } from './device-map/cluster.mjs'
import { measure } from './device-map/measure.mjs'

// Not the system's temporary folder: that may be memory, where nothing has to reach a disk.
const cache = join(resolve(import.meta.dirname, '..'), 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'bench-devices-'))
const [flag, file] = process.argv.slice(2)
if (flag !== undefined && (flag !== '--db' || file === undefined || existsSync(file))) {
  console.error('device-map: --db FILE writes a database into FILE, which must not be there yet')
  process.exit(2)
}

try {
  const berth = await loadBerth(folder)
  const db = await berth.openDatabase(file ?? join(folder, 'berth.db'), { migrate: true })
  await fillCluster(berth, db, Date.now())
  if (file === undefined) await measure(berth, db)
  else console.log(`device-map: ${file} has ${HOSTS} hosts; see it with: berth serve --db ${file}`)
  await db.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
