/** What an agent tells, taken in once and in order: each message's consequence and its number are saved together. */
import { updateAgent } from '../../database/agents.ts'
import { getHost } from '../../database/hosts.ts'
import type { Tx } from '../../database/tables.ts'
import type { MessagesAnswer, MessagesRequest } from '../../model/agent-protocol.ts'
import { BerthError, InvalidInput } from '../../model/errors.ts'
import type { Host } from '../../model/host.ts'
import type { ControllerDeps } from '../ports.ts'
import { consequence } from './consequence.ts'
import { presentAgent } from './present.ts'

type Numbered = MessagesRequest['messages'][number]

/** In one transaction. */
const AT_A_TIME = 50

/**
 * Those that were taken in before are passed over. InvalidInput `messages-out-of-order`; Conflict `agent-superseded`. One that makes no
 * sense here (another host's order, a database that was restored) is said in the log and taken: nothing else would come after it.
 */
export async function takeInMessages(
  deps: ControllerDeps,
  id: number,
  { incarnation, messages }: MessagesRequest,
): Promise<MessagesAnswer> {
  requireRising(messages)
  const { lastMessage } = await presentAgent(deps.database.kysely, id, incarnation)
  let taken = lastMessage
  const news = messages.filter(({ number }) => number > taken)
  for (let start = 0; start < news.length; start += AT_A_TIME)
    taken = await takeIn(deps, id, incarnation, news.slice(start, start + AT_A_TIME))
  return { taken }
}

function requireRising(messages: readonly Numbered[]): void {
  const wrong = messages.find(
    ({ number }, index) => index > 0 && number <= (messages[index - 1]?.number ?? 0),
  )
  if (wrong === undefined) return
  throw new InvalidInput(
    'messages-out-of-order',
    `message ${wrong.number} stands behind one that is not below it`,
    {
      number: wrong.number,
    },
  )
}

async function takeIn(
  deps: ControllerDeps,
  id: number,
  incarnation: string,
  messages: readonly Numbered[],
): Promise<number> {
  try {
    return await inOneTransaction(deps, id, incarnation, messages, (q, host, { message }) =>
      consequence(q, host, message, deps.clock.now()),
    )
  } catch (error) {
    if (!isAboutMessage(error)) throw error
    const [only] = messages
    if (messages.length > 1 || only === undefined) return oneByOne(deps, id, incarnation, messages)
    return inOneTransaction(deps, id, incarnation, messages, async (_, host) => [
      `host ${host.name} tells what cannot be: ${error.message}`,
    ])
  }
}

/** What keeps one of them from being taken in keeps no other. */
async function oneByOne(
  deps: ControllerDeps,
  id: number,
  incarnation: string,
  messages: readonly Numbered[],
): Promise<number> {
  let taken = 0
  for (const one of messages) taken = await takeIn(deps, id, incarnation, [one])
  return taken
}

async function inOneTransaction(
  deps: ControllerDeps,
  id: number,
  incarnation: string,
  messages: readonly Numbered[],
  work: (q: Tx, host: Host, one: Numbered) => Promise<readonly string[]>,
): Promise<number> {
  const { taken, lines } = await deps.database.transaction(async (q) => {
    const { lastMessage } = await presentAgent(q, id, incarnation)
    const host = await getHost(q, id)
    const lines: string[] = []
    let taken = lastMessage
    for (const one of messages) {
      if (one.number <= taken) continue
      lines.push(...(await work(q, host, one)))
      taken = one.number
    }
    await updateAgent(q, id, { lastMessage: taken })
    return { taken, lines }
  })
  for (const line of lines) deps.log(line)
  return taken
}

/** A database in trouble, or an agent that is not the present one, is no fault of what it tells. */
function isAboutMessage(error: unknown): error is BerthError {
  return (
    error instanceof BerthError && error.code !== 'agent-superseded' && !error.code.startsWith('database-')
  )
}
