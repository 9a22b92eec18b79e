/** `/v1/vms`: creating VMs, what may be asked of them, and why one waits. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import type { Queries } from '../../database/tables.ts'
import { getVm, type VmSelection } from '../../database/vms.ts'
import { requireState } from '../../lifecycle/states.ts'
import { VM_STATES } from '../../model/vm.ts'
import type { VmView } from '../../view/documents.ts'
import { createLine, goneSignal } from '../long-work.ts'
import { ownedBy, requireOwnTemplate, withoutSecrets } from '../owner.ts'
import { answerPage, idPage, type PageQuery } from '../paging.ts'
import type { ApiDeps } from '../ports.ts'
import { findVmByReference, readVmSummaries, readVmView } from '../read/vms.ts'
import { type Right, vmsSeenBy } from '../rights.ts'
import { CREATE_VM, DEPLOY_VM, NO_BODY, STOP_VM, TERMINATE_VM, VM_QUERY } from '../schemas.ts'

interface CreateBody {
  readonly template: string
  readonly name?: string
  readonly hold?: boolean
  readonly priority?: number
  readonly owner?: string
}

/** What an action's own schema lets through of these. */
interface ActionBody {
  readonly graceSeconds?: number
  readonly hard?: boolean
  readonly host?: string | number
}

interface VmQuery extends PageQuery {
  readonly all?: 'true' | 'false'
  readonly state?: string
  readonly host?: string
  readonly owner?: string
}

interface OfVm {
  Params: { vm: string }
}

const VM = '/v1/vms/:vm'

export function vmRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, now } = deps
  app.get<{ Querystring: VmQuery }>(
    '/v1/vms',
    { schema: { querystring: VM_QUERY }, config: { etag: ['vm', 'host', 'order'] } },
    async (request, reply) => {
      const vms = await database.read(async (q) => readVmSummaries(q, await selectionOf(q, request)))
      return answerPage(request, reply, vms, ({ id }) => String(id))
    },
  )

  app.post<{ Body: CreateBody }>(
    '/v1/vms',
    { schema: { body: CREATE_VM }, config: { right: 'user' } },
    async (request, reply) => {
      const { createVm } = await import('../../lifecycle/create.ts')
      const { template, ...options } = request.body
      requireOwnTemplate(request, template)
      const { id } = await createVm(database, template, ownedBy(request, options), now())
      request.subject = `vm ${id}`
      reply.code(201)
      return database.read((q) => readVmView(q, id))
    },
  )

  app.get<OfVm>(VM, { config: { etag: ['vm', 'host', 'order'] } }, (request) =>
    database.read(async (q) => {
      const { id } = await findVmByReference(q, request.params.vm, vmsSeenBy(request))
      return withoutSecrets(request, await readVmView(q, id), 'template')
    }),
  )

  explainRoute(app, deps)
  waitingRoutes(app, deps)
  endRoutes(app, deps)
}

function explainRoute(app: FastifyInstance, { database, now }: ApiDeps): void {
  const inLine = createLine()
  app.get<OfVm>(`${VM}/explain`, { exposeHeadRoute: false }, async (request, reply) => {
    const { explainVm } = await import('../read/judge.ts')
    const gone = goneSignal(reply)
    const seenBy = vmsSeenBy(request)
    const vmOf = (q: Queries) => findVmByReference(q, request.params.vm, seenBy)
    const explained = await inLine(() => explainVm(database, { vmOf, now: now(), seenBy }, gone))
    // Nobody is there to read it.
    return explained ?? reply.code(503).send()
  })
}

/** A user who asks for another's VMs is shown none: nobody is called ''. */
function ownerOf(asked: string | undefined, seen: string | null): string | undefined {
  if (seen === null) return asked
  return asked === undefined || asked === seen ? seen : ''
}

/** NotFound `unknown-host`. */
async function selectionOf(
  q: Queries,
  request: FastifyRequest<{ Querystring: VmQuery }>,
): Promise<VmSelection> {
  const { query } = request
  const { all, state, host } = query
  const owner = ownerOf(query.owner, vmsSeenBy(request))
  const named = state?.split(',')
  const states = named === undefined ? null : VM_STATES.filter((one) => named.includes(one))
  return {
    ...idPage(query),
    ...(states !== null ? { states } : all === 'true' && { states: VM_STATES }),
    ...(host !== undefined && { host: (await resolveHost(q, host)).id }),
    ...(owner !== undefined && { owner }),
  }
}

/** What a VM without a domain can be asked; nothing runs on a host but for `deploy`. */
function waitingRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, controller, now } = deps
  const ask = asking(app, deps)
  ask('hold', NO_BODY, async (vm) => (await lifecycle()).holdVm(database, vm, now()))
  ask('release', NO_BODY, async (vm) => (await lifecycle()).releaseVm(database, vm, now()))
  ask('start', NO_BODY, async (vm) => (await lifecycle()).startVm(database, vm, now()))
  // Past the queue, on a host of one's choice.
  const deploy = async (vm: number, { host }: ActionBody) => {
    const { id } = await resolveHost(database.kysely, String(host))
    requireState(await getVm(database.kysely, vm), 'deploy')
    await controller.deploy(vm, id)
    await controller.carryOut(vm)
  }
  ask('deploy', DEPLOY_VM, deploy, 'operator')
}

/** The order is written first, then carried out here unless a `serve` does; the answer shows how far it got. */
function endRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, controller, now } = deps
  const ask = asking(app, deps)
  ask('stop', STOP_VM, async (vm, body) => {
    await (await lifecycle()).stopVm(database, vm, grace(body), now())
    await controller.carryOut(vm)
  })
  ask('terminate', TERMINATE_VM, async (vm, body) => {
    await (await lifecycle()).terminateVm(database, vm, grace(body), now())
    await controller.carryOut(vm)
  })
}

const lifecycle = () => import('../../lifecycle/ask.ts')

/** `hard` = no ACPI shutdown, destroyed at once. */
function grace(body: ActionBody): { readonly graceSeconds?: number } {
  if (body.hard) return { graceSeconds: 0 }
  return body.graceSeconds === undefined ? {} : { graceSeconds: body.graceSeconds }
}

/** Registers `POST /v1/vms/:vm/ACTION`, which answers with the VM as it is afterwards. */
function asking(app: FastifyInstance, { database }: ApiDeps) {
  return (
    action: string,
    body: object,
    work: (vm: number, body: ActionBody) => Promise<unknown>,
    right: Right = 'user',
  ): void => {
    app.post<OfVm & { Body: ActionBody | null }>(
      `${VM}/${action}`,
      { schema: { body }, config: { right } },
      async (request): Promise<VmView> => {
        const { id } = await findVmByReference(database.kysely, request.params.vm, vmsSeenBy(request))
        await work(id, request.body ?? {})
        return database.read((q) => readVmView(q, id))
      },
    )
  }
}
