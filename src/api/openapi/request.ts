/** What a route takes, as OpenAPI says it: parameters of its path and query, and its body. */
import type { RouteOptions } from 'fastify'
import type { Schema } from '../../model/schemas/shape.ts'

/** `/v1/hosts/:host` -> `/v1/hosts/{host}`. */
export const pathOf = (url: string): string => url.replace(/:([A-Za-z]+)/g, '{$1}')

const NAMES: Readonly<Record<string, string>> = {
  host: 'Its name or id',
  vm: 'Its id, or its name where only one VM has it',
  template: 'Its name or id',
  address: 'Such as 0000:3b:00.0 or 3b:00.0',
  token: 'Its name',
  errand: 'The number that asking for it was answered with',
  user: 'Whose it is',
  selector: '[vendor]:[device][:class], hexadecimal; : = all devices',
}

export function parametersOf({ url, schema, config = {} }: RouteOptions): readonly Schema[] {
  const inPath = [...url.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
    ...(NAMES[name] !== undefined && { description: NAMES[name] }),
  }))
  const conditional = {
    name: 'If-None-Match',
    in: 'header',
    schema: { type: 'string' },
    description: 'ETags that are at hand',
  }
  return [...inPath, ...inQuery(schema?.querystring), ...(config.etag ? [conditional] : [])]
}

function inQuery(schema: unknown): readonly Schema[] {
  if (!isObject(schema) || !isObject(schema.properties)) return []
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(schema.properties).map(([name, property]) => {
    const { description, ...rest } = isObject(property) ? property : {}
    const words = typeof description === 'string' ? { description } : {}
    return { name, in: 'query', ...words, ...(required.includes(name) && { required: true }), schema: rest }
  })
}

/** Null = it takes none. */
export function bodyOf({ schema }: RouteOptions): Schema | null {
  const body: unknown = schema?.body
  if (!isObject(body)) return null
  const empty = isObject(body.properties) && Object.keys(body.properties).length === 0
  if (empty && body.additionalProperties === false) return null
  return { required: body.type === 'object', content: { 'application/json': { schema: body } } }
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
