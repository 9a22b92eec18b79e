/** Short words for the shapes that Berth's documents are made of, in JSON Schema (draft 7). */

export type Schema = Readonly<Record<string, unknown>>

export const STRING: Schema = { type: 'string' }
export const INTEGER: Schema = { type: 'integer' }
export const BOOLEAN: Schema = { type: 'boolean' }
/** ISO 8601, UTC. */
export const TIME: Schema = { type: 'string', format: 'date-time' }

export function oneOf(
  values: readonly string[],
  description?: string,
): Schema & { readonly enum: readonly string[] } {
  return { enum: values, ...(description !== undefined && { description }) }
}

export function listOf(items: Schema, description?: string): Schema {
  return { type: 'array', items, ...(description !== undefined && { description }) }
}

/** All properties but those of `optional` are required; more may be added by later versions. */
export function record(
  properties: Readonly<Record<string, Schema>>,
  description?: string,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: 'object',
    required: Object.keys(properties),
    properties: { ...properties, ...optional },
    ...(description !== undefined && { description }),
  }
}

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] }
}

export function described(schema: Schema, description: string): Schema {
  return { ...schema, description }
}

/** A whole document, with its name. */
export function document(name: string, title: string, schema: Schema): Schema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', $id: `berth.${name}/1`, title, ...schema }
}
