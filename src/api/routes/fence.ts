/** `/v1/hosts/HOST/fence`: what giving a silent host up would do (GET), and doing it (POST). */
import type { FastifyInstance } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import { fenceHost, fencePlan } from '../../lifecycle/fence.ts'
import { hearingOf } from '../hearing.ts'
import type { ApiDeps } from '../ports.ts'
import { readHostFence } from '../read/hosts.ts'
import { NO_BODY } from '../schemas.ts'

interface OfHost {
  Params: { host: string }
}

export function fenceRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database } = deps
  const planned = (reference: string) =>
    database.read(async (q) => {
      const host = await resolveHost(q, reference)
      return readHostFence(q, host, await fencePlan(q, host.id), false, hearingOf(deps))
    })

  const config = { right: 'operator', audit: 'always' } as const
  app.get<OfHost>('/v1/hosts/:host/fence', { config }, ({ params }) => planned(params.host))

  app.post<OfHost>('/v1/hosts/:host/fence', { schema: { body: NO_BODY }, config }, async ({ params }) => {
    const plan = await planned(params.host)
    const { now, silentAfterMs } = hearingOf(deps)
    const fenced = new Set(await fenceHost(database, plan.host, now, silentAfterMs))
    return { ...plan, fenced: true, vms: plan.vms.filter(({ vm }) => fenced.has(vm)) }
  })
}
