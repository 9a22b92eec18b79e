/** `/v1/tokens`, and what lets a machine join as a host or bars it: secrets are answered once and never kept. */
import type { FastifyInstance } from 'fastify'
import { voidCredential } from '../../database/agents.ts'
import { resolveHost } from '../../database/hosts.ts'
import { insertJoinToken, voidJoinTokens } from '../../database/join-tokens.ts'
import { deleteToken, getToken, insertToken, listTokens } from '../../database/tokens.ts'
import { Conflict } from '../../model/errors.ts'
import { mayAs, type Role } from '../../model/identity.ts'
import { tokenView } from '../../view/access.ts'
import type { JoinTokenView, NewTokenView } from '../../view/documents.ts'
import { isoTime } from '../../view/time.ts'
import { hashOf, newSecret, withFingerprint } from '../door/secret.ts'
import type { ApiDeps } from '../ports.ts'
import { personOf } from '../rights.ts'
import { CREATE_JOIN_TOKEN, CREATE_TOKEN, NO_BODY } from '../schemas.ts'

interface TokenBody {
  readonly name: string
  readonly role: Role
  /** The token's name where it is left out. */
  readonly user?: string
  /** Null = it never expires. */
  readonly expiresSeconds: number | null
}

interface OfHost {
  Params: { host: string }
}

const RIGHTS = { right: 'admin', audit: 'always' } as const

export function tokenRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const { database, now } = deps

  /** Who is no administrator sees those of the own user. */
  app.get('/v1/tokens', { config: { right: 'viewer' } }, async (request) => {
    const { role, owner } = personOf(request)
    const tokens = await listTokens(database.kysely, mayAs(role, 'admin') ? null : owner)
    return tokens.map((token) => tokenView(token, now()))
  })

  app.post<{ Body: TokenBody }>(
    '/v1/tokens',
    { schema: { body: CREATE_TOKEN }, config: RIGHTS },
    async (request, reply): Promise<NewTokenView> => {
      const { name, role, user = name, expiresSeconds } = request.body
      const secret = newSecret('u')
      const createdAt = now()
      const expiresAt = expiresSeconds === null ? null : createdAt + expiresSeconds * 1000
      const createdBy = personOf(request).name
      request.subject = `token ${name} (${role} for ${user})`
      const token = { name, owner: user, role, hash: hashOf(secret), createdAt, createdBy, expiresAt }
      const stored = await database.transaction(async (q) => getToken(q, await insertToken(q, token)))
      reply.code(201)
      return { ...tokenView(stored, createdAt), token: secret }
    },
  )

  app.delete<{ Params: { token: string } }>(
    '/v1/tokens/:token',
    { config: RIGHTS },
    async ({ params }, reply) => {
      await deleteToken(database.kysely, params.token)
      reply.code(204)
    },
  )

  hostSecretRoutes(app, deps)
}

const DEFAULT_JOIN_SECONDS = 3600

/** Who adds hosts lets them in. */
function hostSecretRoutes(app: FastifyInstance, { database, now, whereabouts }: ApiDeps): void {
  const config = { right: 'operator', audit: 'always' } as const

  /** The host's earlier join tokens are void; its agent, where it has one, goes on until the new one has joined. */
  app.post<OfHost & { Body: { expiresSeconds?: number } | null }>(
    '/v1/hosts/:host/join-tokens',
    { schema: { body: CREATE_JOIN_TOKEN }, config },
    async (request, reply): Promise<JoinTokenView> => {
      const secret = newSecret('j')
      const at = now()
      const expiresAt = at + (request.body?.expiresSeconds ?? DEFAULT_JOIN_SECONDS) * 1000
      const host = await database.transaction(async (q) => {
        const found = await resolveHost(q, request.params.host)
        if (!found.agent) throw withoutAgent(found.name)
        const createdBy = personOf(request).name
        const token = { host: found.id, hash: hashOf(secret), createdAt: at, createdBy, expiresAt }
        await insertJoinToken(q, token)
        return found
      })
      const controller = await whereabouts?.()
      reply.code(201)
      return {
        ...{ host: host.id, hostName: host.name },
        token: withFingerprint(secret, controller?.fingerprint ?? null),
        expiresAt: isoTime(expiresAt),
        server: controller?.url ?? null,
      }
    },
  )

  /** The agent is a stranger from now on; its host falls silent. Join tokens go with it. */
  app.post<OfHost>(
    '/v1/hosts/:host/revoke',
    { schema: { body: NO_BODY }, config },
    async ({ params }, reply) => {
      await database.transaction(async (q) => {
        const { id, name, agent } = await resolveHost(q, params.host)
        if (!agent) throw withoutAgent(name)
        await voidJoinTokens(q, id, now())
        await voidCredential(q, id)
      })
      reply.code(204)
    },
  )
}

function withoutAgent(name: string): Conflict {
  return new Conflict(
    'host-without-agent',
    `host ${name} is reached from the controller itself and has no agent; \`berth host add NAME --agent\` adds one that has`,
    { name },
  )
}
