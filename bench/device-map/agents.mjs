/** Agents of a bench database's hosts, so that its VMs live: they join a running `serve`, report, and carry orders out at once. */
import { createCaller } from '../cluster/call.mjs'
import { createFigures } from '../cluster/figures.mjs'
import { createSpeaker } from '../cluster/speaker.mjs'
import { reportNow } from './cluster.mjs'
import { credentialOf, wishOf } from './hosts.mjs'

const HEARTBEAT_SECONDS = 30
const WORK_MS = () => 1000 + Math.random() * 2000

/** Of every host that is not silent, until the process ends. */
export async function runAgents(berth, db, port) {
  const rows = await db.kysely.selectFrom('hosts').select(['id', 'name', 'failure']).orderBy('id').execute()
  const numbers = new Map(rows.map((_, n) => [wishOf(n).name, n]))
  const figures = createFigures()
  const speakers = []
  for (const { id, name, failure } of rows) {
    const n = numbers.get(name)
    if (failure !== null || n === undefined) continue
    const { call } = createCaller({ port, token: credentialOf(name) })
    const missing = await db.kysely
      .selectFrom('devices')
      .select(['host', 'address'])
      .where('host', '=', id)
      .where('present', '=', 0)
      .execute()
    const report = await reportNow(berth, db, { id, n }, missing)
    const options = { call, report, figures, workMs: WORK_MS, waitSeconds: HEARTBEAT_SECONDS }
    speakers.push(createSpeaker({ host: { id, name }, ...options }))
  }
  const stop = new AbortController()
  for (const speaker of speakers) void speaker.run(stop.signal)
  await Promise.all(speakers.map(({ ready }) => ready))
  return { agents: speakers.length, figures }
}
