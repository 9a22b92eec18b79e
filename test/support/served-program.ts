/** A program that listens as `serve` does: its one slow request ends when it reads a line; tells what it does, a line each. */
import { createInterface } from 'node:readline'
import { buildApi } from '../../src/api/app.ts'
import { closeGently } from '../../src/api/closing.ts'
import { createServed } from '../../src/api/served.ts'
import { openDatabase } from '../../src/database/open.ts'
import { onStopSignal } from '../../src/stop-signals.ts'

const [, , file = '', limitMs = ''] = process.argv
const say = (line: string) => process.stdout.write(`${line}\n`)
const database = await openDatabase(file, { migrate: true })
const stop = new AbortController()
const unused = () => Promise.reject(new Error('not used'))
const lines = createInterface(process.stdin)
const controller = {
  cycle: async () => {
    say('cycle begun')
    await new Promise<void>((resolve) => lines.once('line', () => resolve()))
    return { probed: [], failed: [], placed: [], waiting: [], ordersDone: 0, ordersFailed: 0 }
  },
  ...{ carryOut: unused, carryOutOrder: unused, attachBlock: unused, deploy: unused, probe: unused },
  checkLibvirt: unused,
}
const now = Date.now
const app = await buildApi({
  ...{ database, controller, now },
  hosts: { createSimulatedHost: unused, checkFilter: () => {}, readFilter: () => () => true },
  served: await createServed({
    ...{ database, now, stopping: stop.signal, cycleLimitMs: null, silentAfterMs: 60_000 },
  }),
})
app.server.on('request', ({ url }) => say(`asked for ${url}`))
say(await app.listen({ host: '127.0.0.1', port: 0 }))
const deaf = onStopSignal(async (signal) => {
  say(signal)
  stop.abort()
  await closeGently(app, Number(limitMs))
  await database.close()
  lines.close()
  deaf()
  say('closed')
})
