/** `/v1/quotas`: how many devices of a kind a user's VMs may ask for. */
import type { FastifyInstance } from 'fastify'
import { deleteQuota, listQuotas, setQuota } from '../../database/quotas.ts'
import type { Queries } from '../../database/tables.ts'
import { quotaUse } from '../../lifecycle/quota.ts'
import { mayAs } from '../../model/identity.ts'
import { parseQuotaSelector } from '../../model/quota.ts'
import type { QuotaView } from '../../view/documents.ts'
import type { ApiDeps } from '../ports.ts'
import { personOf } from '../rights.ts'
import { QUOTA_PATH, QUOTA_QUERY, SET_QUOTA } from '../schemas.ts'

interface OfQuota {
  Params: { user: string; selector: string }
}

const QUOTA = '/v1/quotas/:user/:selector'
const config = { right: 'admin', audit: 'always' } as const

export function quotaRoutes(app: FastifyInstance, { database }: ApiDeps): void {
  /** Who is no operator sees the own ones. */
  app.get<{ Querystring: { user?: string } }>(
    '/v1/quotas',
    { schema: { querystring: QUOTA_QUERY } },
    async (request) => {
      const { role, owner } = personOf(request)
      const user = mayAs(role, 'operator') ? (request.query.user ?? null) : (owner ?? '')
      if (request.query.user !== undefined && user !== request.query.user) return []
      return database.read((q) => readQuotas(q, user))
    },
  )

  app.put<OfQuota & { Body: { most: number } }>(
    QUOTA,
    { schema: { params: QUOTA_PATH, body: SET_QUOTA }, config },
    async (request) => {
      const { user: owner, selector } = request.params
      const { text } = parseQuotaSelector(selector)
      const { most } = request.body
      request.subject = `user ${owner} selector ${text} most ${most}`
      return database.transaction(async (q) => {
        await setQuota(q, { owner, selector: text, most })
        return (await readQuotas(q, owner)).find((quota) => quota.selector === text)
      })
    },
  )

  app.delete<OfQuota>(QUOTA, { schema: { params: QUOTA_PATH }, config }, async ({ params }, reply) => {
    await deleteQuota(database.kysely, params.user, parseQuotaSelector(params.selector).text)
    reply.code(204)
  })
}

async function readQuotas(q: Queries, user: string | null): Promise<readonly QuotaView[]> {
  const quotas = await listQuotas(q, user)
  const views: QuotaView[] = []
  for (const { owner, selector, most } of quotas)
    views.push({ user: owner, selector, most, used: await quotaUse(q, owner, selector) })
  return views
}
