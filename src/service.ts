/** `berth serve`: the controller's loops, and the door beside them, until a signal comes. */
import { createServed, type Served } from './api/served.ts'
import type { ServeOptions } from './cli/ports.ts'
import type { Config } from './config.ts'
import { createAgentPort } from './controller/agents/port.ts'
import { serve } from './controller/serve.ts'
import { keepLog } from './database/keep-log.ts'
import type { OpenDoor } from './door.ts'
import { DEFAULT_LISTEN, parseListen } from './listen/address.ts'
import { InvalidInput } from './model/errors.ts'
import type { Services } from './services.ts'
import { onStopSignal } from './stop-signals.ts'

/** `page`: folder of its build. Gives the exit status. The first SIGINT or SIGTERM lets the cycle under way end, a second one does not. */
export async function runService(
  services: Services,
  config: Config,
  options: ServeOptions,
  page: string,
): Promise<number> {
  const stop = new AbortController()
  const { log } = services.controllerDeps
  const seconds = options.intervalSeconds ?? config.intervalSeconds
  const served = await servedBy(services, config, seconds, stop.signal)
  const door = await doorOf({ ...services, apiDeps: { ...services.apiDeps, page } }, config, options, served)
  const deaf = onStopSignal((signal) => {
    log(`${signal}: stopping after this cycle`)
    stop.abort()
  })
  const renew = () => void renewed(door, log)
  if (door?.url.startsWith('https:')) process.on('SIGHUP', renew)
  log(`serving ${services.database.location}, a cycle every ${seconds} s`)
  const pruning = keepLog(services.database, log)
  const closed = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(door?.close()))
  })
  try {
    const deps = { ...services.controllerDeps, observer: served.pulse }
    await serve(deps, seconds * 1000, stop.signal)
    return 0
  } finally {
    process.off('SIGHUP', renew)
    stop.abort()
    await closed
    await pruning.stop()
    deaf()
  }
}

/** A cycle that takes so long in a row is no cycle any more: `/readyz` says so. */
const CYCLES_LATE = 3
const CYCLE_LIMIT_MS = 60_000

function servedBy(
  { database, apiDeps }: Services,
  { silentAfterSeconds }: Config,
  intervalSeconds: number,
  stopping: AbortSignal,
): Promise<Served> {
  const cycleLimitMs = Math.max(CYCLE_LIMIT_MS, CYCLES_LATE * intervalSeconds * 1000)
  const silentAfterMs = silentAfterSeconds * 1000
  return createServed({ database, stopping, cycleLimitMs, silentAfterMs, now: apiDeps.now })
}

/** Null = it is not to listen. */
async function doorOf(
  services: Services,
  config: Config,
  options: ServeOptions,
  served: Served,
): Promise<OpenDoor | null> {
  const address = parseListen(options.listen ?? config.listen ?? DEFAULT_LISTEN)
  if (address === null) return null
  const { openDoor } = await import('./door.ts')
  const agents = createAgentPort(services.controllerDeps)
  const files = certificateFiles(config, options)
  const { log } = services.controllerDeps
  const { state } = config
  const deps = { ...services.apiDeps, agents, served, logger: services.log }
  const door = await openDoor(deps, { address, files, selfSigned: options.tlsSelfSigned, state })
  log(`listening on ${door.url}`)
  options.listening?.(door.url)
  if (door.fingerprint !== null) log(`certificate's SHA-256 fingerprint: ${door.fingerprint}`)
  return {
    ...door,
    close: async () => {
      // First: questions that wait would keep the door from closing.
      await agents.close()
      await door.close()
    },
  }
}

function certificateFiles(config: Config, options: ServeOptions) {
  const said = options.tlsCert !== null || options.tlsKey !== null
  // What was said on the command line is not mixed with what the environment says of another certificate.
  const cert = said || options.tlsSelfSigned ? options.tlsCert : config.tlsCert
  const key = said || options.tlsSelfSigned ? options.tlsKey : config.tlsKey
  if (cert === null && key === null) return null
  if (cert !== null && key !== null) return { cert, key }
  throw new InvalidInput(
    'tls-options',
    `a certificate and its key go together: --tls-${cert === null ? 'cert' : 'key'} (BERTH_TLS_${cert === null ? 'CERT' : 'KEY'}) is missing`,
  )
}

async function renewed(door: OpenDoor | null, log: (line: string) => void): Promise<void> {
  try {
    await door?.renew()
    log('SIGHUP: the certificate was read anew')
  } catch (error) {
    log(`SIGHUP: the certificate stays as it was: ${error instanceof Error ? error.message : error}`)
  }
}
