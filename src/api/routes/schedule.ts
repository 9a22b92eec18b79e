/** `POST /v1/schedule`: one cycle of the controller. */
import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from '../ports.ts'
import { NO_BODY } from '../schemas.ts'

export function scheduleRoutes(app: FastifyInstance, { controller }: ApiDeps): void {
  app.post('/v1/schedule', { schema: { body: NO_BODY } }, () => controller.cycle())
}
