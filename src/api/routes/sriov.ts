/** A host's SR-IOV devices, and how many virtual functions one is to have; the answer is the PF as it is afterwards. */
import type { FastifyInstance } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import type { ApiDeps } from '../ports.ts'
import { readHostSriov, readPfView } from '../read/sriov.ts'
import { SET_VFS } from '../schemas.ts'
import { addressOf, DEVICE, type OfDevice } from './devices.ts'

interface Body {
  readonly numVfs: number
  readonly autoprobe?: boolean
}

export function sriovRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, controller, now } = deps

  app.get<{ Params: { host: string } }>(
    '/v1/hosts/:host/sriov',
    { config: { etag: ['host', 'vm', 'order'] } },
    ({ params }) => database.read(async (q) => readHostSriov(q, await resolveHost(q, params.host))),
  )

  /** The order is carried out here, or by a `serve`; 202 = it has not been yet. The inventory then learns what became of it. */
  app.post<OfDevice & { Body: Body }>(
    `${DEVICE}/sriov`,
    { schema: { body: SET_VFS } },
    async ({ params, body }, reply) => {
      const address = addressOf(params.address)
      const host = await resolveHost(database.kysely, params.host)
      const { wishVfs } = await import('../../lifecycle/sriov.ts')
      const { numVfs, autoprobe = false } = body
      const order = await wishVfs(database, host.id, address, { numVfs, autoprobe }, now())
      // Where there is nothing to be told the PF is gone, and only its wish was left.
      const before = order === null ? await database.read((q) => readPfView(q, host, address)) : null
      const state = order === null ? 'done' : await controller.carryOutOrder(order)
      if (state !== 'done') reply.code(202)
      // An agent that has not done it yet may not be there to be asked.
      if (state === 'done' || !host.agent) await controller.probe(host.id)
      return before ?? database.read((q) => readPfView(q, host, address))
    },
  )
}
