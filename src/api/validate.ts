/** Requests are checked against JSON Schema at the door; a schema is compiled when its route is first called, ajv loaded no sooner. */
import type { ErrorObject, ValidateFunction } from 'ajv'
import type { FastifyRouteSchemaDef, FastifyValidationResult } from 'fastify/types/schema.js'
import { InvalidInput } from '../model/errors.ts'

/** Fastify's `validatorCompiler`: resolves, or rejects with InvalidInput `invalid-request` and the JSON pointer of what is wrong. */
export function lazyValidator({ schema, httpPart }: FastifyRouteSchemaDef<object>): FastifyValidationResult {
  let compiled: Promise<ValidateFunction> | undefined
  const check = async (data: unknown): Promise<true> => {
    if (httpPart === 'querystring' && isEmpty(data) && !asksForAny(schema)) return true
    compiled ??= import('./compile.ts').then(({ compileSchema }) => compileSchema(schema))
    const valid = await compiled
    if (valid(data)) return true
    throw invalidRequest(httpPart ?? 'body', valid.errors?.[0])
  }
  // Fastify awaits any promise; its type asks for a linter's brand that promises do not carry.
  return check as unknown as FastifyValidationResult
}

/** Most lists are asked for without any condition. */
const isEmpty = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && Object.keys(data).length === 0

const asksForAny = (schema: object): boolean =>
  !('required' in schema && Array.isArray(schema.required) && schema.required.length === 0)

function invalidRequest(part: string, error: ErrorObject | undefined): InvalidInput {
  const pointer = `${error?.instancePath ?? ''}${inner(error)}`
  const words = reason(error)
  return new InvalidInput('invalid-request', `${part}${pointer === '' ? '' : ` ${pointer}`}: ${words}`, {
    in: part,
    pointer,
  })
}

/** ajv points at the object; a person wants the property. */
function inner(error: ErrorObject | undefined): string {
  const property: unknown = error?.params.missingProperty ?? error?.params.additionalProperty
  return typeof property === 'string' ? `/${property.replaceAll('~', '~0').replaceAll('/', '~1')}` : ''
}

function reason(error: ErrorObject | undefined): string {
  if (error?.keyword === 'required') return 'is missing'
  if (error?.keyword === 'additionalProperties') return 'is not known here'
  if (error?.keyword === 'enum') return `must be one of ${error.params.allowedValues.join(', ')}`
  if (error?.keyword === 'pattern') return expectedByPattern(error)
  return error?.message ?? 'is not valid'
}

/** A schema with a pattern says in `description` what it wants. */
function expectedByPattern(error: ErrorObject): string {
  const description: unknown = error.parentSchema?.description
  return typeof description === 'string' ? `must be ${description}` : 'has a form that is not valid'
}
