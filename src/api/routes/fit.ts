/** `/v1/templates/fit`: what-if questions. */
import type { FastifyInstance } from 'fastify'
import { resolveTemplate } from '../../database/templates.ts'
import type { ApiDeps } from '../ports.ts'
import { FIT_QUERY, FIT_TEMPLATE } from '../schemas.ts'

/** Where nobody says another. */
const FIT_LIMIT = 1000

/** How many more VMs of a template the scheduler would place. */
export function fitRoutes(app: FastifyInstance, { database, policy = 'pack' }: ApiDeps): void {
  app.get<{ Params: { template: string }; Querystring: { limit?: string; afterWaiting?: string } }>(
    '/v1/templates/:template/fit',
    { schema: { querystring: FIT_QUERY } },
    async ({ params, query }) => {
      const { fitTemplate } = await import('../read/fit.ts')
      const limit = Number(query.limit ?? FIT_LIMIT)
      const question = { limit, afterWaiting: query.afterWaiting === 'true', policy }
      return database.read(async (q) =>
        fitTemplate(q, (await resolveTemplate(q, params.template)).text, question),
      )
    },
  )

  app.post<{ Body: { text: string; limit?: number; afterWaiting?: boolean } }>(
    '/v1/templates/fit',
    { schema: { body: FIT_TEMPLATE }, config: { right: 'viewer' } },
    async ({ body: { text, limit = FIT_LIMIT, afterWaiting = false } }) => {
      const { fitTemplate } = await import('../read/fit.ts')
      return database.read((q) => fitTemplate(q, text, { limit, afterWaiting, policy }))
    },
  )
}
