/** ETags: what of the database a document is made of, and an answer without one (304) as long as nothing of that changed. */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { changeMark } from '../database/change-mark.ts'
import type { Database } from '../database/open.ts'
import type { ChangeKind } from '../model/change.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The document changes with rows of these kinds, and with nothing else: it has an ETag. */
    readonly etag?: readonly ChangeKind[]
  }
  interface FastifyRequest {
    /** Of the document that is asked for, should it have one. */
    etag: string | null
  }
}

/**
 * A weak ETag stands for: this URL, as this role (and user) sees it, and the changes that were noted of the kinds that its route names. One is
 * noted in the transaction of every change of a VM, an order, a template, and of a host or its devices and domains, a rise of the
 * host's generation among them. A heartbeat is none: `reportedAt` and `lastSeen` of a document that is answered with 304 may be
 * older than what the controller has. It is read before the document, which may only be newer than its ETag says.
 */
export function etags(app: FastifyInstance, { kysely }: Pick<Database, 'kysely'>): void {
  app.decorateRequest('etag', null)
  app.addHook('preHandler', async (request, reply) => {
    const kinds = request.method === 'GET' ? request.routeOptions.config.etag : undefined
    if (kinds === undefined) return
    const etag = etagOf(request, await changeMark(kysely, kinds))
    request.etag = etag
    if (!known(request).includes(etag)) return
    return reply.code(304).headers(headersOf(etag)).send()
  })
  app.addHook('onSend', async ({ etag }, reply) => {
    if (etag !== null && reply.statusCode === 200) reply.headers(headersOf(etag))
  })
}

/** What one token may see is nobody else's, and is asked for again before it is shown. */
const headersOf = (etag: string) => ({ etag, 'cache-control': 'private, no-cache' })

function etagOf({ url, identity }: FastifyRequest, mark: string): string {
  const person = identity?.kind === 'person' ? identity : null
  const text = JSON.stringify([url, person?.role, person?.role === 'user' && person.owner, mark])
  return `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
}

/** Weakly compared, as `If-None-Match` is (RFC 9110, 13.1.2). */
function known({ headers }: FastifyRequest): readonly string[] {
  const given = headers['if-none-match'] ?? ''
  return given.split(',').map((one) => one.trim().replace(/^(?:W\/)?"/, 'W/"'))
}
