/** What the page asks for, through the application as `serve` has it: milliseconds, and as a multiple of the first. */
import { cost } from '../cluster-controller/measure.mjs'

const STATES = ['free', 'unassignable', 'missing', 'attached']
/** How many hosts had a report, or got a VM, since the last time. */
const CHANGED = [1, 200]

export async function measure(berth, db) {
  console.log(
    'device-map: wall ms (processor ms), the latter as a multiple of the first, size of the answer; medians',
  )
  const timed = timer()
  const before = await started(berth, db)
  await timed('hosts, all pages of 500, first time', 1, () => before.pages('/v1/hosts?limit=500'))
  await timed('hosts, all pages of 500', 7, () => before.pages('/v1/hosts?limit=500'))
  await before.close()
  const { get, pages, close } = await started(berth, db)
  await timed('map, first page of 200, first time', 1, () => get('/v1/devices/map?limit=200'))
  await timed('map, first page of 200', 9, () => get('/v1/devices/map?limit=200'))
  await timed('types, first time', 1, () => get('/v1/devices/types'))
  await timed('types', 9, () => get('/v1/devices/types'))
  await timed('map, all pages of 200', 5, () => pages('/v1/devices/map?limit=200'))
  for (const state of STATES)
    await timed(`devices, 100 that are ${state}`, 5, () => get(`/v1/devices?state=${state}&limit=100`))
  await timed('devices, a page of 500', 5, () => get('/v1/devices?limit=500'))
  for (const hosts of CHANGED)
    await timed(`types, after ${hosts} ${hosts === 1 ? 'host' : 'hosts'} changed`, 5, async () => {
      await change(db, hosts)
      return get('/v1/devices/types')
    })
  console.log(`  most memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`)
  await close()
}

async function started(berth, database) {
  const app = await berth.buildApi({ database, controller: {}, hosts: {}, now: Date.now })
  const get = async (url) => {
    const { statusCode, payload, headers } = await app.inject({ method: 'GET', url })
    if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${payload}`)
    return { bytes: payload.length, next: /<(.*)>/.exec(headers.link ?? '')?.[1] }
  }
  const pages = async (first) => {
    let bytes = 0
    for (let url = first; url !== undefined; ) {
      const page = await get(url)
      bytes += page.bytes
      url = page.next
    }
    return { bytes }
  }
  return { get, pages, close: () => app.close() }
}

function timer() {
  let first = null
  return async (what, times, work) => {
    let bytes = 0
    const { wall, cpu } = await cost(times, async () => ({ bytes } = await work()))
    first ??= cpu
    const ratio = (cpu / first).toFixed(3)
    const columns = [wall.toFixed(1), `(${cpu.toFixed(1)})`, ratio, `${(bytes / 1024).toFixed(0)} KiB`]
    console.log(`  ${what.padEnd(40)}${columns.map((text) => text.padStart(12)).join('')}`)
  }
}

async function change({ kysely }, hosts) {
  const some = kysely.selectFrom('hosts').select('id').orderBy('id').limit(hosts)
  await kysely
    .updateTable('hosts')
    .set((row) => ({ generation: row('generation', '+', 1) }))
    .where('id', 'in', some)
    .execute()
}
