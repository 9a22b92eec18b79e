/** `berth opennebula serve`: the External Scheduler of OpenNebula 6.8 to 6.10, until a signal comes. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { BerthError, CommandFailed } from '../model/errors.ts'
import { readArguments, wrongUsage } from './arguments.ts'
import type { OpenNebulaIo } from './command.ts'
import { configurationLines } from './external/configuration.ts'
import { hostCache } from './external/host-cache.ts'
import { API_LIMITS, fetchHosts } from './external/host-pool.ts'
import { externalScheduler } from './external/scheduler.ts'
import { externalServer } from './external/server.ts'
import { sessionIn } from './external/session.ts'
import { oneLine } from './placement/message.ts'
import { configurationFolder, loadPolicy } from './policy-file.ts'

const USAGE = `Usage: berth opennebula serve --listen ADDRESS:PORT [OPTION]...

The External Scheduler of OpenNebula 6.8 to 6.10: answers its scheduler's requests until SIGTERM or SIGINT.

  --listen ADDRESS:PORT  where to listen, for example 127.0.0.1:9880
  --endpoint URL         OpenNebula's XML-RPC API (default: $ONE_XMLRPC, else http://localhost:2633/RPC2)
  --auth FILE            a file with "user:password" or "user:token" (default: $ONE_AUTH, else /var/lib/one/.one/one_auth)
  --conf FILE            limits and default ranks (default: sched.conf in OpenNebula's configuration folder)
  --print-conf           print the lines for sched.conf, and end
  -h, --help             print this help

Examples:
  $ berth opennebula serve --listen 127.0.0.1:9880
  $ berth opennebula serve --listen 127.0.0.1:9880 --print-conf >> /etc/one/sched.conf
`

/** For answers that are under way when a signal comes. */
const GRACE_MS = 2000

interface Address {
  readonly host: string
  readonly port: number
}

/** Exit status: 0 stopped, 1 what keeps it from starting was told, 2 wrong usage. */
export async function serveCommand(argv: readonly string[], io: OpenNebulaIo): Promise<number> {
  const options = readArguments(argv, {
    listen: { type: 'string' },
    endpoint: { type: 'string' },
    auth: { type: 'string' },
    conf: { type: 'string' },
    'print-conf': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  })
  if (typeof options === 'string') return wrongUsage('serve', options, io.stderr)
  const { values, positionals } = options
  if (values.help) {
    io.stdout(USAGE)
    return 0
  }
  const address = addressOf(values.listen ?? '')
  if (positionals.length > 0) return wrongUsage('serve', 'expected no argument', io.stderr)
  if (address === null) return wrongUsage('serve', 'expected --listen ADDRESS:PORT', io.stderr)
  if (values['print-conf']) {
    io.stdout(configurationLines(`http://${values.listen}/`))
    return 0
  }
  const endpoint = values.endpoint ?? io.environment.ONE_XMLRPC ?? 'http://localhost:2633/RPC2'
  if (!isHttp(endpoint))
    return wrongUsage('serve', `endpoint ${endpoint}: expected http://HOST:PORT/RPC2`, io.stderr)
  try {
    const calls = new AbortController()
    const server = await serverOf({ ...values, endpoint }, calls.signal, io)
    await listen(server, address, io, () => calls.abort())
    return 0
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    io.stderr(`berth opennebula serve: ${error.message}\n`)
    return 1
  }
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** `127.0.0.1:9880`, `[::1]:9880`, `localhost:0` (any free port). */
function addressOf(text: string): Address | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text)
  const port = Number(match?.[3])
  return match === null || port > 65535 ? null : { host: match[1] ?? match[2] ?? '', port }
}

async function serverOf(
  values: { readonly endpoint: string; readonly auth?: string; readonly conf?: string },
  stop: AbortSignal,
  { environment, stderr }: OpenNebulaIo,
): Promise<Server> {
  const log = (line: string): void => stderr(`berth opennebula serve: ${line}\n`)
  const auth = values.auth ?? environment.ONE_AUTH ?? '/var/lib/one/.one/one_auth'
  const usual = join(configurationFolder(environment), 'sched.conf')
  const policy = await loadPolicy(values.conf ?? null, usual)
  for (const warning of policy.warnings) log(`WARN: ${oneLine(warning)}`)
  await sessionIn(auth)
  // Read anew each time: a token expires, and its file is written anew.
  const fetchNow = async () => fetchHosts(values.endpoint, await sessionIn(auth), API_LIMITS, stop)
  const cache = hostCache(fetchNow, () => performance.now(), log)
  return externalServer(
    externalScheduler(policy, () => cache.hosts(), log),
    log,
  )
}

async function listen(
  server: Server,
  { host, port }: Address,
  io: OpenNebulaIo,
  stopCalls: () => void,
): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandFailed('cannot-listen', `${host} port ${port}: ${why}`, { host, port }, error)
  })
  const bound = server.address()
  const where = typeof bound === 'object' && bound !== null ? bound.port : port
  io.stderr(`berth opennebula serve: listening on ${host} port ${where}\n`)
  io.onStop(() => {
    server.close()
    server.closeIdleConnections()
    // Whoever is slow is not waited for any longer, be it a client or OpenNebula.
    setTimeout(() => {
      server.closeAllConnections()
      stopCalls()
    }, GRACE_MS).unref()
  })
  await once(server, 'close')
}
