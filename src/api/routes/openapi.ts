/** `GET /v1/openapi.json`: the API described by itself. */
import type { FastifyInstance, RouteOptions } from 'fastify'

/** Call it before any route is registered: it notes them as they come. */
export function openApiRoute(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (!route.config?.page) routes.push(route)
  })
  app.get('/v1/openapi.json', async () => {
    const { openApiDocument } = await import('../openapi/document.ts')
    return openApiDocument(routes, app.rights)
  })
}
