/** JSON Schema of what `berth probe usage --json` and `berth probe capacity --json` print. Fields may be added. */
import { CAPACITY_SCHEMA, USAGE_SCHEMA } from './host-report.ts'

const DRAFT = 'http://json-schema.org/draft-07/schema#'
const HOST = { type: 'string', description: "The host's name" } as const

export const USAGE_JSON_SCHEMA = {
  $schema: DRAFT,
  $id: 'berth.usage/1',
  title: 'PCI devices that the host itself uses, and why',
  type: 'object',
  required: ['schema', 'host', 'usage'],
  properties: {
    schema: { const: 'berth.usage/1' },
    host: HOST,
    usage: { type: 'array', items: USAGE_SCHEMA },
  },
} as const

export const CAPACITY_JSON_SCHEMA = {
  ...CAPACITY_SCHEMA,
  $schema: DRAFT,
  $id: 'berth.capacity/1',
  title: 'What a host has to run virtual machines with',
  required: ['schema', 'host', ...CAPACITY_SCHEMA.required],
  properties: { schema: { const: 'berth.capacity/1' }, host: HOST, ...CAPACITY_SCHEMA.properties },
} as const
