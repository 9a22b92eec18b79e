/** `/v1/hosts/HOST/prepare`: `berth prepare` run by the host's agent; it may take minutes, so it is asked for and looked at apart. */
import type { FastifyInstance } from 'fastify'
import { findErrand, insertErrand, type StoredErrand } from '../../database/errands.ts'
import { resolveHost } from '../../database/hosts.ts'
import { requireHeard } from '../../lifecycle/agents.ts'
import type { PrepareErrand } from '../../model/agent-protocol.ts'
import { InvalidInput, NotFound } from '../../model/errors.ts'
import type { HostErrand } from '../../view/documents.ts'
import { hearingOf } from '../hearing.ts'
import type { ApiDeps } from '../ports.ts'
import { PREPARE_HOST } from '../schemas.ts'

/** It runs as root there, and what it prints is that machine's configuration. */
const config = { right: 'operator' } as const
const PREPARE = '/v1/hosts/:host/prepare'

export function prepareRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, now } = deps

  app.post<{ Params: { host: string }; Body: { args?: readonly string[] } | null }>(
    PREPARE,
    { schema: { body: PREPARE_HOST }, config },
    async ({ params, body }, reply) => {
      const asked: PrepareErrand = { args: body?.args ?? [] }
      const errand = await database.transaction(async (q) => {
        const host = await resolveHost(q, params.host)
        if (!host.agent)
          throw new InvalidInput(
            'host-without-agent',
            `host ${host.name} has no agent to ask: run \`berth prepare\` on it`,
            { host: host.id },
          )
        await requireHeard(q, host, hearingOf(deps))
        return findErrand(q, await insertErrand(q, host.id, { kind: 'prepare', body: asked }, now()))
      })
      reply.code(202)
      return errand && errandView(errand)
    },
  )

  app.get<{ Params: { host: string; errand: string } }>(`${PREPARE}/:errand`, { config }, ({ params }) =>
    database.read(async (q) => {
      const { id } = await resolveHost(q, params.host)
      const number = /^\d{1,9}$/.test(params.errand) ? Number(params.errand) : 0
      const errand = await findErrand(q, number)
      if (errand !== null && errand.host === id && errand.kind === 'prepare') return errandView(errand)
      throw new NotFound('unknown-errand', `host ${params.host} was asked for no errand ${params.errand}`, {
        host: id,
        errand: params.errand,
      })
    }),
  )
}

/** What another program on another machine answers may be anything. */
function errandView({ id, host, state, answer }: StoredErrand): HostErrand {
  const about = { host, errand: id, state }
  if (state === 'waiting') return { ...about, answer: null, failure: null }
  const said = typeof answer === 'object' && answer !== null ? answer : {}
  const { status, stdout, stderr } = { status: null, stdout: '', stderr: '', ...said }
  if (state === 'done' && Number.isInteger(status))
    return {
      ...about,
      answer: { status: Number(status), stdout: textOf(stdout), stderr: textOf(stderr) },
      failure: null,
    }
  const failure = typeof answer === 'string' ? answer : 'its agent gave an answer that is none'
  return { ...about, state: 'failed', answer: null, failure }
}

const textOf = (said: unknown): string => (typeof said === 'string' ? said : (JSON.stringify(said) ?? ''))
