/** `/v1/me`: what somebody with a token may show, and what not to offer. */
import type { FastifyInstance } from 'fastify'
import type { PersonView } from '../../view/documents.ts'
import { personOf } from '../rights.ts'

export function meRoute(app: FastifyInstance): void {
  app.get('/v1/me', async (request): Promise<PersonView> => {
    const { name, role, owner } = personOf(request)
    return { name, role, user: owner }
  })
}
