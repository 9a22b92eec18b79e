/** Offered devices at a glance: counted by type, and as a map of hosts. */
import type { FastifyInstance } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import { answerPage, idPage, type PageQuery } from '../paging.ts'
import type { RouteDeps } from '../ports.ts'
import { readDeviceMap, readDeviceTypes } from '../read/device-map.ts'
import { MAP_QUERY } from '../schemas.ts'

interface MapQuery extends PageQuery {
  readonly host?: string
}

export function deviceMapRoutes(app: FastifyInstance, { database, kept }: RouteDeps): void {
  app.get<{ Querystring: MapQuery }>(
    '/v1/devices/map',
    { schema: { querystring: MAP_QUERY }, config: { etag: ['host', 'vm', 'order'] } },
    async (request, reply) => {
      const { host } = request.query
      const page = idPage(request.query)
      const hosts = await database.read(async (q) =>
        readDeviceMap(q, kept, { ...page, host: host === undefined ? null : await resolveHost(q, host) }),
      )
      return answerPage(request, reply, hosts, (one) => String(one.host))
    },
  )

  app.get('/v1/devices/types', { config: { etag: ['host', 'vm', 'order'] } }, () =>
    database.read((q) => readDeviceTypes(q, kept)),
  )
}
