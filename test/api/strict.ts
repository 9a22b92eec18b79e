/** A document's published schema, made strict: what it does not name is an error here. */
import { Ajv } from 'ajv'
import { expect } from 'vitest'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Objects whose properties a schema lists may have no others. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (!isObject(schema)) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]))
  return isObject(schema.properties) ? { ...inner, additionalProperties: false } : inner
}

/** Fails with ajv's words where the document does not fit, or has a property that the schema does not name. */
export function expectFits(schema: unknown, document: unknown): void {
  const ajv = new Ajv({ formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) } })
  const copy = strict(schema)
  if (!isObject(copy)) throw new Error('no schema')
  const validate = ajv.compile(copy)
  validate(document)
  expect(validate.errors ?? []).toEqual([])
}
