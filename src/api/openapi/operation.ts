/** What the OpenAPI document says of a route beside what the route says of itself: in words, and which document it answers with. */
import type { Schema } from '../../model/schemas/shape.ts'

export interface Answer {
  readonly description: string
  /** One of src/model/schemas (it has a name), or any other; left out = there is no body. */
  readonly schema?: Schema
  /** `application/json` where it is left out. */
  readonly mediaType?: string
}

export interface Operation {
  readonly summary: string
  readonly tag: 'hosts' | 'devices' | 'vms' | 'templates' | 'controller' | 'agents' | 'access'
  /** By status; those of errors are added: each is a problem document. */
  readonly answers: Readonly<Record<number, Answer>>
}

/** By `METHOD /path/:parameter`, as routes are registered. */
export type Operations = Readonly<Record<string, Operation>>

const describe = (schema: Schema): string => (typeof schema.title === 'string' ? schema.title : 'The answer')

export function answers(schema: Schema, status = 200): Operation['answers'] {
  return { [status]: { description: describe(schema), schema } }
}

/** 202 = the order stands and is not carried out yet. */
export function answersOrLater(schema: Schema): Operation['answers'] {
  const description = `${describe(schema)}, as it is: what was asked for is yet to be done, or tried again`
  return { ...answers(schema), 202: { description, schema } }
}

export const NO_CONTENT: Operation['answers'] = { 204: { description: 'Done' } }
