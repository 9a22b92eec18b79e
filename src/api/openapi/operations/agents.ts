/** What hosts' agents ask and tell, for the OpenAPI document. */
import {
  HELLO_ANSWER_SCHEMA,
  JOIN_ANSWER_SCHEMA,
  MESSAGES_ANSWER_SCHEMA,
  POLL_ANSWER_SCHEMA,
} from '../../../model/schemas/agents.ts'
import { answers, NO_CONTENT, type Operation, type Operations } from '../operation.ts'

const agent = (summary: string, given: Operation['answers']): Operation => ({
  ...{ summary, tag: 'agents', answers: given },
})

const AGENT = '/v1/agents/:host'

export const AGENTS: Operations = {
  'POST /v1/join': agent("Become a host's agent, with a join token", answers(JOIN_ANSWER_SCHEMA)),
  [`POST ${AGENT}/hello`]: agent('Say that the agent starts', answers(HELLO_ANSWER_SCHEMA)),
  [`PUT ${AGENT}/report`]: agent('Report what changed on the host', NO_CONTENT),
  [`POST ${AGENT}/messages`]: agent('Tell what became of orders', answers(MESSAGES_ANSWER_SCHEMA)),
  [`POST ${AGENT}/poll`]: agent('Ask what there is to do, and wait for it', answers(POLL_ANSWER_SCHEMA)),
}
