/** `/v1/templates`: stored templates, what they would find in the cluster, and VMs made of them. */
import type { FastifyInstance } from 'fastify'
import { listTemplates, resolveTemplate } from '../../database/templates.ts'
import { templateView } from '../../view/template.ts'
import { answerPage, idPage, type PageQuery } from '../paging.ts'
import type { ApiDeps } from '../ports.ts'
import { readVmViews } from '../read/vms.ts'
import { CHECK_TEMPLATE, CREATE_TEMPLATE, INSTANTIATE, PAGE_QUERY } from '../schemas.ts'

interface OfTemplate {
  Params: { template: string }
}

interface InstantiateBody {
  readonly name?: string
  readonly hold?: boolean
  readonly priority?: number
  readonly count?: number
}

const TEMPLATE = '/v1/templates/:template'

export function templateRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, now } = deps
  app.get<{ Querystring: PageQuery }>(
    '/v1/templates',
    { schema: { querystring: PAGE_QUERY }, config: { etag: ['template'] } },
    async (request, reply) => {
      const templates = await listTemplates(database.kysely, idPage(request.query))
      return answerPage(request, reply, templates.map(templateView), ({ id }) => String(id))
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

  app.get<OfTemplate>(TEMPLATE, { config: { etag: ['template'] } }, async ({ params }) =>
    templateView(await resolveTemplate(database.kysely, params.template)),
  )

  app.delete<OfTemplate>(TEMPLATE, async ({ params }, reply) => {
    const { deleteTemplate } = await import('../../lifecycle/create.ts')
    await deleteTemplate(database, params.template)
    reply.code(204)
  })

  checkRoutes(app, deps)
  instantiateRoute(app, deps)
}

function checkRoutes(app: FastifyInstance, { database }: ApiDeps): void {
  app.get<OfTemplate>(`${TEMPLATE}/check`, async ({ params }) => {
    const { checkTemplate } = await import('../read/judge.ts')
    return database.read(async (q) => checkTemplate(q, (await resolveTemplate(q, params.template)).text))
  })

  app.post<{ Body: { text: string } }>(
    '/v1/templates/check',
    { schema: { body: CHECK_TEMPLATE } },
    async ({ body }) => {
      const { checkTemplate } = await import('../read/judge.ts')
      return database.read((q) => checkTemplate(q, body.text))
    },
  )
}

function instantiateRoute(app: FastifyInstance, { database, now }: ApiDeps): void {
  app.post<OfTemplate & { Body: InstantiateBody | null }>(
    `${TEMPLATE}/instantiate`,
    { schema: { body: INSTANTIATE } },
    async ({ params, body }, reply) => {
      const { instantiateTemplate } = await import('../../lifecycle/create.ts')
      const { count = 1, name, ...options } = body ?? {}
      const ids: number[] = []
      for (let index = 0; index < count; index++) {
        const named = name === undefined ? {} : { name: nameOf(name, index, count) }
        ids.push((await instantiateTemplate(database, params.template, { ...options, ...named }, now())).id)
      }
      reply.code(201)
      return database.read((q) => readVmViews(q, ids))
    },
  )
}

/** `%i` becomes the number of the VM, from 0, as OpenNebula does; several VMs of one name get it at the end. */
function nameOf(name: string, index: number, count: number): string {
  if (name.includes('%i')) return name.replaceAll('%i', String(index))
  return count === 1 ? name : `${name}-${index}`
}
