/** The API: one Fastify application, the only door to the database's services, in this process (`inject`) or over a port. */
import Fastify, { type FastifyInstance } from 'fastify'
import { createChangesHub } from '../database/changes-hub.ts'
import type { Identity } from '../model/identity.ts'
import { keepAudit } from './audit/audit.ts'
import { etags } from './etag.ts'
import { shallowJson } from './json-body.ts'
import { localName } from './local.ts'
import { hideOthers } from './others.ts'
import type { ApiDeps, ApiLogger } from './ports.ts'
import { isInternal, PROBLEM_TYPE, type Problem, problemOf, refusalHeaders, unknownRoute } from './problem.ts'
import { keepDevices } from './read/kept-devices.ts'
import { type Right, rightOf } from './rights.ts'
import { agentRoutes } from './routes/agents.ts'
import { bindingRoutes } from './routes/binding.ts'
import { deviceMapRoutes } from './routes/device-map.ts'
import { deviceRoutes } from './routes/devices.ts'
import { driftRoutes } from './routes/drift.ts'
import { eventRoutes } from './routes/events.ts'
import { fenceRoutes } from './routes/fence.ts'
import { hostRoutes } from './routes/hosts.ts'
import { hotplugRoutes, usbHotplugRoutes } from './routes/hotplug.ts'
import { joinRoutes } from './routes/join.ts'
import { logRoutes } from './routes/log.ts'
import { meRoute } from './routes/me.ts'
import { openApiRoute } from './routes/openapi.ts'
import { prepareRoutes } from './routes/prepare.ts'
import { quotaRoutes } from './routes/quotas.ts'
import { scheduleRoutes } from './routes/schedule.ts'
import { sriovRoutes } from './routes/sriov.ts'
import { templateRoutes } from './routes/templates.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { vmRoutes } from './routes/vms.ts'
import { waitRoutes } from './routes/wait.ts'
import { lazyValidator } from './validate.ts'

const standardError: ApiLogger = {
  error: (message, cause) => {
    const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    process.stderr.write(`berth: ${message}: ${words}\n`)
  },
}

/** Who has the database at hand may do everything with it. */
const local = (): Identity => ({ kind: 'person', name: localName(), role: 'admin', owner: null })

/** In the place of Fastify's own compilers, which would load ajv and a serializer generator at every start. */
function neverBuilt(): never {
  throw new Error('a route asks for a compiler that the API does not use')
}

/**
 * The application, ready for `inject` or `listen`; `close()` leaves the database open. Answers are the documents of
 * src/view/documents.ts, errors are problem documents. Schemas are compiled on first use and no answer is serialized
 * through one: the command line builds this application for each command.
 */
export async function buildApi(deps: ApiDeps): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    ...(deps.serverFactory && { serverFactory: deps.serverFactory }),
    // One that is to end says so in a problem document (listening.ts).
    ...(deps.served && { return503OnClosing: false }),
    // Names are shorter, but stand escaped in URLs; the router's own limit is 100.
    routerOptions: { maxParamLength: 16384 },
    schemaController: { compilersFactory: { buildValidator: neverBuilt, buildSerializer: neverBuilt } },
  })
  app.setValidatorCompiler(lazyValidator)
  app.removeContentTypeParser('text/plain')
  shallowJson(app)
  const logger = deps.logger ?? standardError
  const { identify = async () => local() } = deps
  for (const field of ['identity', 'subject', 'refusal']) app.decorateRequest(field, null)
  app.decorate('rights', new Map<string, Right>())
  app.addHook('onRoute', ({ method, url, config = {} }) => {
    for (const one of [method].flat()) app.rights.set(`${one} ${url}`, rightOf(one, config))
  })
  openApiRoute(app)
  if (deps.served) (await import('./listening.ts')).listening(app, deps, deps.served, logger)
  app.addHook('onRequest', async (request) => {
    request.identity = await identify(request)
  })
  keepAudit(app, { ...deps, logger }, { door: deps.identify !== undefined })
  hideOthers(app, deps)
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (isInternal(problem)) logger.error(`${request.method} ${request.url}`, error)
    request.refusal = problem.code
    deps.refused?.(request, problem)
    // Fastify would close it under a client that still sends, which then never sees the answer.
    reply.removeHeader('connection').headers(refusalHeaders(problem))
    return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
  })
  app.setNotFoundHandler((request, reply) => {
    const problem: Problem = unknownRoute(request.method, request.url)
    return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
  })
  etags(app, deps.database)
  const kept = keepDevices()
  for (const routes of [
    hostRoutes,
    deviceRoutes,
    deviceMapRoutes,
    bindingRoutes,
    sriovRoutes,
    driftRoutes,
    templateRoutes,
    vmRoutes,
    hotplugRoutes,
    usbHotplugRoutes,
    scheduleRoutes,
    agentRoutes,
    fenceRoutes,
    prepareRoutes,
    meRoute,
    tokenRoutes,
    joinRoutes,
    quotaRoutes,
    logRoutes,
  ])
    routes(app, { ...deps, logger, kept })
  if (deps.page !== undefined) {
    const { pageRoutes } = await import('./routes/page.ts')
    if (!pageRoutes(app, deps.page))
      logger.info?.('no page is served: it was not built', { folder: deps.page })
  }
  const hub = createChangesHub(deps.database, {
    onError: (error) => logger.error('watching for changes', error),
  })
  eventRoutes(app, deps, hub)
  waitRoutes(app, deps, hub)
  // Before connections are waited for: those who listen would never go.
  app.addHook('preClose', () => hub.close())
  await app.ready()
  return app
}
