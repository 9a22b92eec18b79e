/** `POST /v1/join`: a machine shows its join token and becomes a host's agent, once (model/agent-protocol.ts). */
import type { FastifyInstance } from 'fastify'
import { replaceCredential } from '../../database/agents.ts'
import { getHost, updateHost } from '../../database/hosts.ts'
import { useJoinToken } from '../../database/join-tokens.ts'
import type { JoinAnswer, JoinRequest } from '../../model/agent-protocol.ts'
import { Unauthorized } from '../../model/errors.ts'
import { hashOf, newSecret, withoutFingerprint } from '../door/secret.ts'
import type { ApiDeps } from '../ports.ts'
import { JOIN } from '../schemas.ts'

/** Strangers' words are read and parsed, too. */
const JOIN_BYTES = 8 * 1024

/** Whatever was wrong with it: who guesses learns nothing. */
const REFUSAL =
  'this join token is not good: it is not known here, was used, or has expired. `berth token join HOST` on the controller makes another one'

export function joinRoutes(app: FastifyInstance, { database, now }: ApiDeps): void {
  /**
   * The answer's credential takes the place of the host's earlier one. What machine it is, the host's row says from now on. Unauthorized
   * `join-token-invalid`. An answer that is lost costs the token: `berth token join` makes another.
   */
  app.post<{ Body: JoinRequest }>(
    '/v1/join',
    { schema: { body: JOIN }, config: { right: 'public' }, bodyLimit: JOIN_BYTES },
    async (request): Promise<JoinAnswer> => {
      const { token, driver, uri } = request.body
      const credential = newSecret('a')
      const host = await database.transaction(async (q) => {
        const id = await useJoinToken(q, hashOf(withoutFingerprint(token)), now())
        if (id === null) return null
        await replaceCredential(q, { host: id, credentialHash: hashOf(credential), joinedAt: now() })
        await updateHost(q, id, { driver, uri })
        return getHost(q, id)
      })
      if (host === null) throw new Unauthorized('join-token-invalid', REFUSAL)
      request.subject = `host ${host.name}`
      return { host: { id: host.id, name: host.name }, credential, cluster: database.cluster }
    },
  )
}
