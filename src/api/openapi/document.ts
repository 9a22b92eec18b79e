/** The OpenAPI 3.1 document, made of the routes as they are registered and of what operations/ says of them. */
import type { RouteOptions } from 'fastify'
import { PROBLEM_SCHEMA } from '../../model/schemas/problem.ts'
import type { Schema } from '../../model/schemas/shape.ts'
import type { Right } from '../rights.ts'
import { type Components, createComponents } from './components.ts'
import type { Answer, Operation, Operations } from './operation.ts'
import { ACCESS } from './operations/access.ts'
import { AGENTS } from './operations/agents.ts'
import { CONTROLLER } from './operations/controller.ts'
import { INVENTORY } from './operations/inventory.ts'
import { MACHINES } from './operations/machines.ts'
import { bodyOf, parametersOf, pathOf } from './request.ts'

export const OPERATIONS: Operations = { ...INVENTORY, ...MACHINES, ...CONTROLLER, ...ACCESS, ...AGENTS }

const ABOUT = `Berth gives physical PCI devices to virtual machines. Errors are problem documents (RFC 9457) with a stable \`code\`;
lists take \`limit\` and \`after\` and answer \`Link\`; documents with an \`ETag\` are asked for again with \`If-None-Match\`.`

/** `rights` as the application has them. A route that operations/ does not know stands there with its path for a summary: a test finds it. */
export function openApiDocument(routes: readonly RouteOptions[], rights: ReadonlyMap<string, Right>): Schema {
  const components = createComponents()
  const rightTo = (name: string): Right => {
    const right = rights.get(name)
    if (right !== undefined) return right
    throw new Error(`${name} has no right`)
  }
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes)
    for (const method of [route.method].flat()) {
      if (method === 'HEAD') continue
      const path = pathOf(route.url)
      paths[path] = {
        ...paths[path],
        [method.toLowerCase()]: operationOf(method, route, rightTo(`${method} ${route.url}`), components),
      }
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Berth',
      version: '1',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: { schemas: components.all(), securitySchemes: SECURITY },
  }
}

const SECURITY = {
  token: { type: 'http', scheme: 'bearer', description: 'A token of `berth token create`' },
  agent: {
    type: 'http',
    scheme: 'bearer',
    description: "The credential that a host's agent got when it joined",
  },
}

function operationOf(method: string, route: RouteOptions, right: Right, components: Components): Schema {
  const { url } = route
  const known: Operation | undefined = OPERATIONS[`${method} ${url}`]
  const parameters = parametersOf(route)
  const body = bodyOf(route)
  const answers: Readonly<Record<string, Answer>> = { ...known?.answers, ...errorsOf(method, route, right) }
  return {
    operationId: idOf(method, url),
    summary: known?.summary ?? `${method} ${url}`,
    tags: [known?.tag ?? 'controller'],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== null && { requestBody: body }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, responseOf(answer, route, components)]),
    ),
    security: right === 'public' ? [] : [{ [right === 'agent' ? 'agent' : 'token']: [] }],
    'x-berth-right': right,
  }
}

/** `POST /v1/vms/:vm/attach-pci` -> `postVmsVmAttachPci`. */
function idOf(method: string, url: string): string {
  const words = url.replace('/v1', '').match(/[A-Za-z]+/g) ?? []
  return method.toLowerCase() + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
}

function responseOf(
  { description, schema, mediaType }: Answer,
  { config = {}, schema: asked }: RouteOptions,
  components: Components,
): Schema {
  const type = mediaType ?? 'application/json'
  const headers = {
    ...(config.etag &&
      schema !== undefined &&
      type === 'application/json' && { ETag: { schema: { type: 'string' } } }),
    ...(isPaged(asked?.querystring) && type === 'application/json' && { Link: LINK }),
  }
  return {
    description,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(schema !== undefined && { content: { [type]: { schema: components.use(schema) } } }),
  }
}

const LINK = {
  description: 'The next page: `<URL>; rel="next"`; left out on the last one',
  schema: { type: 'string' },
}

const isPaged = (query: unknown): boolean =>
  typeof query === 'object' &&
  query !== null &&
  'properties' in query &&
  typeof query.properties === 'object' &&
  query.properties !== null &&
  'limit' in query.properties

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'What was given cannot be used',
  401: 'No token, or none that is good',
  403: 'The token may not do this',
  404: 'There is no such thing',
  409: 'Not in this state, or somebody was there first',
  413: 'What was given is too large',
  429: 'Asked more often than is allowed: `Retry-After` says when again',
  503: 'Not now: too many ask for this, or the controller is about to end',
}

function errorsOf(
  method: string,
  { url, schema, config = {} }: RouteOptions,
  right: Right,
): Readonly<Record<string, Answer>> {
  const statuses = [
    ...(schema?.body !== undefined || schema?.querystring !== undefined ? [400] : []),
    ...(right === 'public' ? [] : [401, 403]),
    ...(url.includes(':') ? [404] : []),
    ...(method === 'GET' && !url.endsWith('/wait') ? [] : [409]),
    ...(schema?.body === undefined ? [] : [413]),
    429,
    ...(right === 'public' ? [] : [503]),
  ]
  const problem = (description: string): Answer => ({
    ...{ description, schema: PROBLEM_SCHEMA, mediaType: 'application/problem+json' },
  })
  return {
    ...(config.etag && { 304: { description: 'Not changed since the answer with this ETag' } }),
    ...Object.fromEntries(statuses.map((status) => [status, problem(PROBLEMS[status] ?? '')])),
    default: problem('Any other refusal or failure'),
  }
}
