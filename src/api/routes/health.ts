/** Signs of life for those who watch the process, and its figures: `/healthz`, `/readyz`, `/metrics`. */
import type { FastifyInstance } from 'fastify'
import { readSchemaVersion } from '../../database/meta.ts'
import { SCHEMA_VERSION } from '../../database/migrate.ts'
import type { ApiDeps } from '../ports.ts'
import type { Served } from '../served.ts'

/** Public, so they say little: anybody may see whether the controller works, and nobody learns from them how. */
export function healthRoutes(app: FastifyInstance, deps: ApiDeps, served: Served): void {
  app.get('/healthz', { config: { right: 'public' } }, () => ({ status: 'ok' }))
  app.get('/readyz', { config: { right: 'public' } }, async (_, reply) => {
    const why = await whyNotReady(deps, served)
    reply.header('cache-control', 'no-store')
    return why === null ? { status: 'ready' } : reply.code(503).send({ status: 'not-ready', why })
  })
  app.get('/metrics', { config: { right: 'viewer' } }, async (_, reply) => {
    const text = await served.metrics.scrape()
    return reply.type(served.metrics.contentType).send(text)
  })
}

type NotReady = 'stopping' | 'database' | 'schema' | 'loops'

/** Null = the database answers with the schema of this program, and the loops run. */
async function whyNotReady({ database, now }: ApiDeps, served: Served): Promise<NotReady | null> {
  const { stopping, cycleLimitMs, pulse } = served
  if (stopping.aborted) return 'stopping'
  try {
    if ((await readSchemaVersion(database.kysely)) !== SCHEMA_VERSION) return 'schema'
  } catch {
    // Whoever asks for anything else is told, and so is the log.
    return 'database'
  }
  if (cycleLimitMs === null || pulse.standsBy) return null
  return pulse.lastCycle === null || now() - pulse.lastCycle > cycleLimitMs ? 'loops' : null
}
