/** `/v1/templates/fit`: how many more VMs of a template the scheduler would place. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { resolveTemplate } from '../../database/templates.ts'
import { createLine, goneSignal } from '../long-work.ts'
import type { ApiDeps } from '../ports.ts'
import type { FitQuestion } from '../read/fit.ts'
import { FIT_QUERY, FIT_TEMPLATE } from '../schemas.ts'

/** Where nobody says another. */
const LIMIT = 1000

export function fitRoutes(app: FastifyInstance, { database, policy = 'pack' }: ApiDeps): void {
  const inLine = createLine()
  const answer = async (reply: FastifyReply, asked: Omit<FitQuestion, 'policy'>) => {
    const { fitTemplate } = await import('../read/fit.ts')
    const gone = goneSignal(reply)
    const fit = await inLine(() => fitTemplate(database, { ...asked, policy }, gone))
    // Nobody is there to read it.
    return fit ?? reply.code(503).send()
  }

  app.get<{ Params: { template: string }; Querystring: { limit?: string; afterWaiting?: string } }>(
    '/v1/templates/:template/fit',
    { schema: { querystring: FIT_QUERY }, exposeHeadRoute: false },
    async ({ params, query }, reply) =>
      answer(reply, {
        textOf: async (q) => (await resolveTemplate(q, params.template)).text,
        limit: Number(query.limit ?? LIMIT),
        afterWaiting: query.afterWaiting === 'true',
      }),
  )

  app.post<{ Body: { text: string; limit?: number; afterWaiting?: boolean } }>(
    '/v1/templates/fit',
    { schema: { body: FIT_TEMPLATE }, config: { right: 'viewer' } },
    async ({ body: { text, limit = LIMIT, afterWaiting = false } }, reply) =>
      answer(reply, { textOf: async () => text, limit, afterWaiting }),
  )
}
