/** `berth serve`: the controller's loops until a signal comes. */
import type { ServeOptions } from './cli/ports.ts'
import type { Config } from './config.ts'
import { serve } from './controller/serve.ts'
import type { Services } from './services.ts'
import { onStopSignal } from './stop-signals.ts'

/** Gives the exit status. The first SIGINT or SIGTERM lets the cycle under way end, a second one does not. */
export async function runService(services: Services, config: Config, options: ServeOptions): Promise<number> {
  const stop = new AbortController()
  const { log } = services.controllerDeps
  const deaf = onStopSignal((signal) => {
    log(`${signal}: stopping after this cycle`)
    stop.abort()
  })
  const seconds = options.intervalSeconds ?? config.intervalSeconds
  log(`serving ${services.database.location}, a cycle every ${seconds} s`)
  try {
    await serve(services.controllerDeps, seconds * 1000, stop.signal)
    return 0
  } finally {
    deaf()
  }
}
