/** Who may come in, what they may have and what they did, for the OpenAPI document. */
import {
  JOIN_TOKEN_SCHEMA,
  LOG_SCHEMA,
  NEW_TOKEN_SCHEMA,
  PERSON_SCHEMA,
  QUOTA_LIST_SCHEMA,
  QUOTA_SCHEMA,
  TOKEN_LIST_SCHEMA,
} from '../../../model/schemas/access.ts'
import { answers, NO_CONTENT, type Operation, type Operations } from '../operation.ts'

const access = (summary: string, given: Operation['answers']): Operation => ({
  ...{ summary, tag: 'access', answers: given },
})

export const ACCESS: Operations = {
  'GET /v1/me': access('Tell who asks, and what this one may', answers(PERSON_SCHEMA)),
  'GET /v1/tokens': access('List tokens, without their secrets', answers(TOKEN_LIST_SCHEMA)),
  'POST /v1/tokens': access('Make a token', answers(NEW_TOKEN_SCHEMA, 201)),
  'DELETE /v1/tokens/:token': access('Revoke a token', NO_CONTENT),
  'POST /v1/hosts/:host/join-tokens': access(
    "Make a token with which a machine becomes the host's agent",
    answers(JOIN_TOKEN_SCHEMA, 201),
  ),
  'POST /v1/hosts/:host/revoke': access("Bar a host's agent", NO_CONTENT),
  'GET /v1/quotas': access('List quotas, and what is used of them', answers(QUOTA_LIST_SCHEMA)),
  'PUT /v1/quotas/:user/:selector': access('Set a quota', answers(QUOTA_SCHEMA)),
  'DELETE /v1/quotas/:user/:selector': access('Delete a quota', NO_CONTENT),
  'GET /v1/log': access('Tell who did what', answers(LOG_SCHEMA)),
}
