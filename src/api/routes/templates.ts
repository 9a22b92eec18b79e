/** `/v1/templates`: stored templates, what they would find in the cluster, and VMs made of them. */
import type { FastifyInstance } from 'fastify'
import { listTemplates, resolveTemplate } from '../../database/templates.ts'
import { nameOf } from '../../model/vm-names.ts'
import { templateView } from '../../view/template.ts'
import { ownedBy, withoutSecrets } from '../owner.ts'
import { answerPage, idPage, type PageQuery } from '../paging.ts'
import type { ApiDeps } from '../ports.ts'
import { readVmViews } from '../read/vms.ts'
import { CHECK_TEMPLATE, CREATE_TEMPLATE, INSTANTIATE, PAGE_QUERY, UPDATE_TEMPLATE } from '../schemas.ts'
import { fitRoutes } from './fit.ts'

interface OfTemplate {
  Params: { template: string }
}

interface InstantiateBody {
  readonly name?: string
  readonly hold?: boolean
  readonly priority?: number
  readonly count?: number
  readonly owner?: string
}

const TEMPLATE = '/v1/templates/:template'

interface UpdateBody {
  readonly text: string
  readonly name?: string
  readonly was?: string
}

export function templateRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, now } = deps
  app.get<{ Querystring: PageQuery }>(
    '/v1/templates',
    { schema: { querystring: PAGE_QUERY }, config: { etag: ['template'] } },
    async (request, reply) => {
      const templates = await listTemplates(database.kysely, idPage(request.query))
      return answerPage(
        request,
        reply,
        templates.map((one) => withoutSecrets(request, templateView(one), 'text')),
        ({ id }) => String(id),
      )
    },
  )

  app.post<{ Body: { text: string; name?: string } }>(
    '/v1/templates',
    { schema: { body: CREATE_TEMPLATE } },
    async ({ body }, reply) => {
      const { createTemplate } = await import('../../lifecycle/create.ts')
      reply.code(201)
      return templateView(await createTemplate(database, body.text, body.name, now()))
    },
  )

  app.get<OfTemplate>(TEMPLATE, { config: { etag: ['template'] } }, async (request) =>
    withoutSecrets(
      request,
      templateView(await resolveTemplate(database.kysely, request.params.template)),
      'text',
    ),
  )

  app.put<OfTemplate & { Body: UpdateBody }>(
    TEMPLATE,
    { schema: { body: UPDATE_TEMPLATE } },
    async ({ params, body }) => {
      const { updateTemplate } = await import('../../lifecycle/create.ts')
      return templateView(await updateTemplate(database, params.template, body))
    },
  )

  app.delete<OfTemplate>(TEMPLATE, async ({ params }, reply) => {
    const { deleteTemplate } = await import('../../lifecycle/create.ts')
    await deleteTemplate(database, params.template)
    reply.code(204)
  })

  checkRoutes(app, deps)
  fitRoutes(app, deps)
  instantiateRoute(app, deps)
}

function checkRoutes(app: FastifyInstance, { database }: ApiDeps): void {
  app.get<OfTemplate>(`${TEMPLATE}/check`, async ({ params }) => {
    const { checkTemplate } = await import('../read/judge.ts')
    return database.read(async (q) => checkTemplate(q, (await resolveTemplate(q, params.template)).text))
  })

  app.post<{ Body: { text: string } }>(
    '/v1/templates/check',
    { schema: { body: CHECK_TEMPLATE }, config: { right: 'viewer' } },
    async ({ body }) => {
      const { checkTemplate } = await import('../read/judge.ts')
      return database.read((q) => checkTemplate(q, body.text))
    },
  )
}

function instantiateRoute(app: FastifyInstance, { database, now }: ApiDeps): void {
  app.post<OfTemplate & { Body: InstantiateBody | null }>(
    `${TEMPLATE}/instantiate`,
    { schema: { body: INSTANTIATE }, config: { right: 'user' } },
    async (request, reply) => {
      const { instantiateTemplates } = await import('../../lifecycle/create.ts')
      const { template } = request.params
      const { count = 1, name, ...options } = request.body ?? {}
      const names = Array.from({ length: count }, (_, index) => name && nameOf(name, index, count))
      const owned = ownedBy(request, options)
      const ids = (await instantiateTemplates(database, template, owned, names, now())).map(({ id }) => id)
      request.subject = `template ${template} vm ${ids.length === 1 ? ids[0] : `${ids[0]} to ${ids.at(-1)}`}`
      reply.code(201)
      return database.read((q) => readVmViews(q, ids))
    },
  )
}
