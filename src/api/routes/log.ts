/** `GET /v1/log`: who did what, the newest entries, oldest of them first. */
import type { FastifyInstance } from 'fastify'
import { type AuditSelection, listAudit } from '../../database/audit.ts'
import { logEntryView } from '../../view/access.ts'
import type { ApiDeps } from '../ports.ts'
import { LOG_QUERY } from '../schemas.ts'

const DEFAULT_LIMIT = 100

interface Query {
  /** Milliseconds since the epoch. */
  readonly since?: string
  readonly who?: string
  readonly limit?: string
}

export function logRoutes(app: FastifyInstance, { database }: ApiDeps): void {
  app.get<{ Querystring: Query }>(
    '/v1/log',
    { schema: { querystring: LOG_QUERY }, config: { right: 'admin' } },
    async ({ query: { since, who, limit } }) => {
      const selection: AuditSelection = {
        limit: limit === undefined ? DEFAULT_LIMIT : Number(limit),
        ...(since !== undefined && { since: Number(since) }),
        ...(who !== undefined && { who }),
      }
      return (await listAudit(database.kysely, selection)).map(logEntryView)
    },
  )
}
