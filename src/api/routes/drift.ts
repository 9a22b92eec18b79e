/** `POST /v1/drift`: hosts are compared anew with the database, and mended where that takes nothing from anybody. */
import type { FastifyInstance } from 'fastify'
import { listHosts, resolveHost } from '../../database/hosts.ts'
import { readDrift } from '../../drift/read.ts'
import { orderRepair } from '../../drift/repair.ts'
import type { Drift } from '../../model/drift.ts'
import { BerthError } from '../../model/errors.ts'
import type { Host } from '../../model/host.ts'
import type { DriftView, HostDrift } from '../../view/documents.ts'
import { driftView } from '../../view/drift.ts'
import type { ApiDeps } from '../ports.ts'
import { DRIFT } from '../schemas.ts'

interface Body {
  readonly host?: string | number
  readonly repair?: boolean
}

export function driftRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { kysely } = deps.database
  app.post<{ Body: Body | null }>('/v1/drift', { schema: { body: DRIFT } }, async ({ body }) => {
    const { host, repair = false } = body ?? {}
    const hosts = host === undefined ? await listHosts(kysely) : [await resolveHost(kysely, String(host))]
    return Promise.all(hosts.map(({ id }) => compare(deps, id, repair)))
  })
}

async function compare(deps: ApiDeps, id: number, repair: boolean): Promise<HostDrift> {
  const { database, controller } = deps
  const failure = await reason(() => controller.probe(id))
  const host = await resolveHost(database.kysely, String(id))
  const named = { host: id, hostName: host.name, failure }
  // What an old report says may be mended already, or worse by now.
  if (failure !== null) return { ...named, drift: [] }
  const found = await database.read((q) => readDrift(q, host))
  if (!repair) return { ...named, drift: found.map((drift) => driftView(drift)) }
  const drift: DriftView[] = []
  for (const one of found) drift.push(await mend(deps, host, one))
  if (drift.some((one) => one.repair === 'repaired')) await reason(() => controller.probe(id))
  return { ...named, drift }
}

/** One after the other: a host's orders wait for each other anyway. */
async function mend({ database, controller, now }: ApiDeps, host: Host, drift: Drift): Promise<DriftView> {
  const order = await orderRepair(database, host, drift, now())
  if (order === null) return driftView(drift)
  let state: string | null = null
  const failure = await reason(async () => {
    state = await controller.carryOutOrder(order)
  })
  if (failure === null) return driftView(drift, state === 'done' ? 'repaired' : 'ordered')
  const view = driftView(drift, 'failed')
  return { ...view, message: `${view.message}; not mended: ${failure}` }
}

/** Null = it went well. */
async function reason(work: () => Promise<void>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof BerthError) return error.message
    throw error
  }
}
