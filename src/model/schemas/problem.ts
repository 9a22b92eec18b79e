/** JSON Schema of the API's errors (RFC 9457) (`berth schema problem`). */
import { described, document, INTEGER, record, STRING } from './shape.ts'

export const PROBLEM_SCHEMA = document(
  'problem',
  'Why the API refused or failed',
  record({
    type: described(STRING, 'urn:berth:error:CODE'),
    title: STRING,
    status: INTEGER,
    code: described(STRING, 'Stable; listed in docs/errors.md'),
    detail: described(STRING, 'For people: what happened and what to do'),
    facts: { type: 'object', description: 'What `detail` names, for programs' },
  }),
)
