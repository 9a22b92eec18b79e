/**
 * The load test: simulated agents, as many as a data centre has hosts, on one `berth serve` with SQLite, and a client that creates VMs at a steady
 * rate for a minute and ends each. Real HTTP on kept connections; agents and client share one process, so that serve has a
 * core of its own where there are two. Prints what docs/performance.md has; exit 1 where something was refused or left undone.
 *
 * BERTH_LOAD_HOSTS (1000), BERTH_LOAD_DEVICES (40), BERTH_LOAD_RATE (VMs a second, 100), BERTH_LOAD_SECONDS (60). Needs dist/ (`npm run build`).
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createCaller } from './cluster/call.mjs'
import { createAtRate } from './cluster/client.mjs'
import { createFigures } from './cluster/figures.mjs'
import { prepareCluster } from './cluster/prepare.mjs'
import { freePort, startServe } from './cluster/serve.mjs'
import { createSpeaker } from './cluster/speaker.mjs'
import { loadBerth } from './cluster-controller/bundle.mjs'
import { reportOf } from './cluster-controller/reports.mjs'

const setting = (name, otherwise) => Number(process.env[`BERTH_LOAD_${name}`] ?? otherwise)
const HOSTS = setting('HOSTS', 1000)
const DEVICES = setting('DEVICES', 40)
const RATE = setting('RATE', 100)
const SECONDS = setting('SECONDS', 60)
const HEARTBEAT_SECONDS = 10
const LIVES_MS = 20_000
/** A domain needs about so long. */
const WORK_MS = () => 200 + Math.random() * 300
const PATIENCE_MS = 180_000

// Not the system's temporary folder: that may be memory, where nothing has to reach a disk.
const cache = join(resolve(import.meta.dirname, '..'), 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'bench-load-'))
const stop = new AbortController()
let serve = null

try {
  const berth = await loadBerth(folder)
  const database = join(folder, 'berth.db')
  const { hosts, tokens } = await prepareCluster(berth, database, { hosts: HOSTS, tokens: 8 })
  const port = await freePort()
  serve = await startServe(folder, port, database)
  const figures = createFigures()
  const callers = []
  const speakers = hosts.map((host) => {
    const { call, close } = createCaller({ port, token: host.credential })
    callers.push(close)
    const report = reportOf(berth, host.name, DEVICES)
    return createSpeaker({ host, call, report, figures, workMs: WORK_MS, waitSeconds: HEARTBEAT_SECONDS })
  })
  const started = performance.now()
  for (const speaker of speakers) void speaker.run(stop.signal)
  await within(PATIENCE_MS, 'all hosts compared', Promise.all(speakers.map(({ ready }) => ready)))
  const comparing = (performance.now() - started) / 1000
  const idle = await loadOf(serve, 10)
  const before = serve.usage()
  const from = performance.now()
  const calls = tokens.map((token) => createCaller({ port, token, sockets: 32 }).call)
  await createAtRate({
    calls,
    figures,
    perSecond: RATE,
    seconds: SECONDS,
    livesMs: LIVES_MS,
    stopped: stop.signal,
  })
  const after = serve.usage()
  const busy = (after.seconds - before.seconds) / ((performance.now() - from) / 1000)
  const asked = RATE * SECONDS
  await drained(figures, asked)
  report(figures, { comparing, idle, busy, most: serve.usage().mostMib, asked })
  stop.abort()
  for (const close of callers) close()
  await serve.stop()
  serve = null
  await verify(berth, database)
} finally {
  stop.abort()
  await serve?.stop()
  if (process.env.BERTH_LOAD_KEEP === undefined) rmSync(folder, { recursive: true, force: true })
  else console.log(`kept: ${folder}`)
}
// Polls under way would keep the process for their time.
process.exit(process.exitCode ?? 0)

async function loadOf({ usage }, seconds) {
  const { seconds: before } = usage()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  return (usage().seconds - before) / seconds
}

/** Until every VM that was created has come to its end. */
async function drained(figures, asked) {
  const until = performance.now() + PATIENCE_MS
  const refused = () =>
    figures
      .refusals()
      .filter(([what]) => what.startsWith('create'))
      .reduce((sum, [, n]) => sum + n, 0)
  while (figures.count('DONE') < asked - refused() && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 500))
}

function report(figures, { comparing, idle, busy, most, asked }) {
  console.log(
    `cluster: ${HOSTS} agents of ${DEVICES} devices, ${RATE} VMs/s for ${SECONDS} s, a heartbeat every ${HEARTBEAT_SECONDS} s\n`,
  )
  console.log(figures.table())
  console.log(`\nall hosts joined and compared after ${comparing.toFixed(1)} s`)
  console.log(
    `serve: ${Math.round(idle * 100)} % of a core with heartbeats alone, ${Math.round(busy * 100)} % under load, ${Math.round(most)} MiB at most`,
  )
  for (const [what, times] of figures.refusals()) console.log(`refused: ${what}: ${times} times`)
  const done = figures.count('DONE')
  console.log(`${asked} VMs asked for, ${figures.count('RUNNING')} ran, ${done} ended`)
  if (done !== asked || figures.refusals().length > 0) process.exitCode = 1
}

async function verify(berth, file) {
  const db = await berth.openDatabase(file, { migrate: false })
  const problems = await db.read((q) => berth.checkDatabase(q))
  const left = await db.kysely.selectFrom('vms').select('state').where('state', '<>', 'DONE').execute()
  await db.close()
  for (const { code, message } of problems) console.log(`db check: ${message} [${code}]`)
  console.log(`afterwards: ${problems.length} problems in the database, ${left.length} VMs not DONE`)
  if (problems.length + left.length > 0) process.exitCode = 1
}

function within(ms, what, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms / 1000} s: ${what}`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
