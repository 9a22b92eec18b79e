/** The doors' outer side, in one place: what an application that listens does with every request beside answering it. */
import type { FastifyInstance } from 'fastify'
import type { ApiDeps, ApiLogger } from './ports.ts'
import { PROBLEM_TYPE, unavailable } from './problem.ts'
import { healthRoutes } from './routes/health.ts'
import type { Served } from './served.ts'

/** These wait on purpose. */
const PATIENT: ReadonlySet<string> = new Set(['/v1/events', '/v1/vms/:vm/wait', '/v1/agents/:host/poll'])

/** Call it before routes are registered, and before the hook that asks who it is: a program that ends asks nobody. */
export function listening(app: FastifyInstance, deps: ApiDeps, served: Served, logger: ApiLogger): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!served.stopping.aborted || request.routeOptions.config.right === 'public') return
    const problem = unavailable('stopping', 'the controller is about to end; ask again when it is back')
    return reply
      .code(503)
      .headers({ connection: 'close', 'retry-after': '5' })
      .type(PROBLEM_TYPE)
      .send(problem)
  })
  app.addHook('onSend', async (_, reply) => {
    // Else it would be waited for until nobody has asked anything over it for a while.
    if (served.stopping.aborted) reply.header('connection', 'close')
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request
    const route = request.routeOptions.url ?? 'none'
    const seconds = PATIENT.has(route) ? null : reply.elapsedTime / 1000
    served.metrics.answered({ method, route, status: reply.statusCode, seconds })
    const told = `${method} ${url}: ${reply.statusCode}`
    const fields = { method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }
    if (reply.statusCode >= 400) logger.info?.(told, fields)
    else logger.debug?.(told, fields)
  })
  healthRoutes(app, deps, served)
}
