/** `/v1/hosts`: adding, showing, switching and removing hosts. */
import type { FastifyInstance } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import type { HostWish } from '../../lifecycle/hosts.ts'
import { hearingOf } from '../hearing.ts'
import { addHost, type HostRequest } from '../hosts.ts'
import { answerPage, idPage, type PageQuery } from '../paging.ts'
import type { RouteDeps } from '../ports.ts'
import { readHostGroups, readHostSummaries, readHostView } from '../read/hosts.ts'
import { ADD_HOST, CHANGE_HOST, GROUPS_QUERY, NO_BODY, PAGE_QUERY } from '../schemas.ts'

interface OfHost {
  Params: { host: string }
}

export function hostRoutes(app: FastifyInstance, deps: RouteDeps): void {
  const { database, controller, kept } = deps
  const shown = (host: string) => database.read((q) => readHostView(q, host, hearingOf(deps)))
  app.get<{ Querystring: PageQuery }>(
    '/v1/hosts',
    { schema: { querystring: PAGE_QUERY }, config: { etag: ['host', 'vm'] } },
    async (request, reply) => {
      const page = idPage(request.query)
      const hosts = await database.read((q) => readHostSummaries(q, hearingOf(deps), page, kept.hosts))
      return answerPage(request, reply, hosts, ({ id }) => String(id))
    },
  )

  app.post<{ Body: HostRequest }>('/v1/hosts', { schema: { body: ADD_HOST } }, async (request, reply) => {
    const id = await addHost(deps, request.body)
    reply.code(201)
    return shown(String(id))
  })

  app.get<OfHost>('/v1/hosts/:host', { config: { etag: ['host', 'vm', 'order'] } }, ({ params }) =>
    shown(params.host),
  )

  app.patch<OfHost & { Body: HostWish }>(
    '/v1/hosts/:host',
    { schema: { body: CHANGE_HOST } },
    async ({ params, body }) => {
      const { id } = await resolveHost(database.kysely, params.host)
      if (typeof body.filter === 'string') deps.hosts.checkFilter(body.filter)
      const { changeHost } = await import('../../lifecycle/hosts.ts')
      await changeHost(database, id, body)
      return shown(params.host)
    },
  )

  app.get<OfHost & { Querystring: { libvirt?: 'true' | 'false' } }>(
    '/v1/hosts/:host/groups',
    { schema: { querystring: GROUPS_QUERY } },
    async ({ params, query }) => {
      const { id } = await resolveHost(database.kysely, params.host)
      const libvirt = query.libvirt === 'true' ? await controller.checkLibvirt(id) : null
      return database.read((q) => readHostGroups(q, params.host, libvirt))
    },
  )

  for (const [action, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const)
    app.post<OfHost>(`/v1/hosts/:host/${action}`, { schema: { body: NO_BODY } }, async ({ params }) => {
      const { setHostEnabled } = await import('../../lifecycle/hosts.ts')
      const { id } = await resolveHost(database.kysely, params.host)
      await setHostEnabled(database, id, enabled)
      return shown(params.host)
    })

  app.delete<OfHost>('/v1/hosts/:host', async ({ params }, reply) => {
    const { removeHost } = await import('../../lifecycle/hosts.ts')
    await removeHost(database, (await resolveHost(database.kysely, params.host)).id)
    reply.code(204)
  })
}
