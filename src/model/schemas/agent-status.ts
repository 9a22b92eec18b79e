/** JSON Schema of `berth agent status --json`. */
import { AGENT_STATUS_SCHEMA } from '../agent-status.ts'

const text = { type: 'string' } as const
const count = { type: 'integer', minimum: 0 } as const
const period = { type: 'number', exclusiveMinimum: 0 } as const

export const AGENT_STATUS_JSON_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: AGENT_STATUS_SCHEMA,
  title: 'An agent on this machine: what it is joined to, and what waits to be told',
  type: 'object',
  required: [
    ...['schema', 'state', 'running', 'pid', 'server', 'host', 'cluster', 'driver', 'uri'],
    ...['heardAt', 'settings', 'waiting', 'orders'],
  ],
  properties: {
    schema: { const: AGENT_STATUS_SCHEMA },
    state: text,
    running: { type: 'boolean' },
    pid: { type: ['integer', 'null'] },
    server: text,
    host: { type: 'object', required: ['id', 'name'], properties: { id: count, name: text } },
    cluster: text,
    driver: { enum: ['libvirt', 'simulator'] },
    uri: text,
    heardAt: { type: ['integer', 'null'] },
    settings: {
      type: ['object', 'null'],
      required: ['filter', 'periods'],
      properties: {
        filter: { type: ['string', 'null'] },
        periods: {
          type: 'object',
          required: ['devices', 'domains', 'capacity', 'readiness'],
          properties: { devices: period, domains: period, capacity: period, readiness: period },
        },
      },
    },
    waiting: { type: 'object', additionalProperties: count },
    orders: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'attempt', 'kind', 'about'],
        properties: { id: count, attempt: count, kind: text, about: text },
      },
    },
  },
} as const
