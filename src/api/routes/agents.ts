/** `/v1/agents/HOST/...`: what a host's agent says and asks (src/model/agent-protocol.ts); of its own host, and of nothing else. */
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { resolveHost } from '../../database/hosts.ts'
import type { Hello, MessagesRequest, PollRequest, ReportUpdate } from '../../model/agent-protocol.ts'
import { Forbidden, NotFound, TooOften } from '../../model/errors.ts'
import { HELLO, MESSAGES, POLL, REPORT_UPDATE } from '../agent-schemas.ts'
import type { ApiDeps } from '../ports.ts'

interface OfHost {
  Params: { host: string }
}

/** Thousands of devices, each with all its facts. */
const REPORT_BYTES = 16 * 1024 * 1024
const config = { right: 'agent' } as const

/** There are none where the controller serves no agents. */
export function agentRoutes(app: FastifyInstance, { agents, database }: ApiDeps): void {
  if (agents === undefined) return

  /** Before anything that was said is looked at. */
  const onlyItsOwn = async ({ identity, params }: FastifyRequest<OfHost>): Promise<void> => {
    const own = identity?.kind === 'agent' ? identity.host : null
    const asked = await resolveHost(database.kysely, params.host).catch((error) => {
      if (error instanceof NotFound) return null
      throw error
    })
    if (own !== null && asked !== null && asked.id === own && asked.agent) return
    throw notYours(params.host)
  }
  const options = { config, preParsing: onlyItsOwn }
  const reports = oneAtATime()

  app.post<OfHost & { Body: Hello }>(
    '/v1/agents/:host/hello',
    { ...options, schema: { body: HELLO } },
    async (request) => agents.hello(hostOf(request), request.body),
  )

  app.put<OfHost & { Body: ReportUpdate }>(
    '/v1/agents/:host/report',
    {
      ...options,
      preParsing: [onlyItsOwn, async (request, reply) => reports.begin(hostOf(request), reply.raw)],
      bodyLimit: REPORT_BYTES,
      schema: { body: REPORT_UPDATE },
    },
    async (request, reply) => {
      await reports.whileWorking(hostOf(request), () => agents.report(hostOf(request), request.body))
      reply.code(204)
    },
  )

  app.post<OfHost & { Body: MessagesRequest }>(
    '/v1/agents/:host/messages',
    { ...options, schema: { body: MESSAGES } },
    async (request) => agents.messages(hostOf(request), request.body),
  )

  app.post<OfHost & { Body: PollRequest }>(
    '/v1/agents/:host/poll',
    { ...options, schema: { body: POLL } },
    async (request, reply) => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      if (reply.raw.destroyed) gone.abort()
      return agents.poll(hostOf(request), request.body, gone.signal)
    },
  )
}

/** As its credential says; the path says the same by now. */
function hostOf({ identity, params }: FastifyRequest<OfHost>): number {
  if (identity?.kind === 'agent') return identity.host
  throw notYours(params.host)
}

function notYours(host: string): Forbidden {
  return new Forbidden('not-your-host', `only the agent of host ${host} may speak for it`, { host })
}

/** A host's reports, 16 MiB each, are read into memory one after the other, however many its agent sends at once. */
function oneAtATime() {
  const places = new Map<number, { working: boolean }>()
  return {
    /** TooOften `rate-limited` while there is one. */
    begin: (host: number, answer: ServerResponse): void => {
      if (places.has(host))
        throw new TooOften(
          'rate-limited',
          'another report of this host is being taken in; send one at a time',
          {
            retryAfterSeconds: 1,
          },
        )
      const place = { working: false }
      const free = () => {
        if (!place.working && places.get(host) === place) places.delete(host)
      }
      places.set(host, place)
      answer.once('close', free)
      if (answer.destroyed) free()
    },
    /** Goes on although nobody waits for the answer any more. */
    whileWorking: async (host: number, work: () => Promise<void>): Promise<void> => {
      const place = places.get(host) ?? { working: true }
      place.working = true
      try {
        await work()
      } finally {
        if (places.get(host) === place) places.delete(host)
      }
    },
  }
}
