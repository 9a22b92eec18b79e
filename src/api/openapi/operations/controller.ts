/** The controller itself: its cycle, what changes, its figures and signs of life, for the OpenAPI document. */
import { CYCLE_SCHEMA } from '../../../model/schemas/cycle.ts'
import { oneOf, record, STRING } from '../../../model/schemas/shape.ts'
import { answers, type Operation, type Operations } from '../operation.ts'

const controller = (summary: string, given: Operation['answers']): Operation => ({
  ...{ summary, tag: 'controller', answers: given },
})

const text = (description: string, mediaType: string): Operation['answers'] => ({
  200: { description, mediaType, schema: STRING },
})

const NOT_READY = record({
  status: oneOf(['not-ready']),
  why: oneOf(['stopping', 'database', 'schema', 'loops']),
})

export const CONTROLLER: Operations = {
  'POST /v1/schedule': controller('Run one cycle: probe, plan, carry out', answers(CYCLE_SCHEMA)),
  'GET /v1/events': controller(
    'Follow what changes: server-sent events, hints after which lists are read again',
    text('One event for each change, until either side ends', 'text/event-stream'),
  ),
  'GET /v1/openapi.json': controller('This document', answers({ type: 'object', title: 'OpenAPI 3.1' })),
  'GET /metrics': controller('Figures for Prometheus', text('Text format 0.0.4', 'text/plain')),
  'GET /healthz': controller('Whether the process lives', answers(record({ status: oneOf(['ok']) }))),
  'GET /readyz': controller('Whether it is of use', {
    ...answers(record({ status: oneOf(['ready']) })),
    503: { description: 'It is not, and why', schema: NOT_READY },
  }),
}
