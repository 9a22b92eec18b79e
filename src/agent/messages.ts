/** What the outbox holds, told to the controller: in order, numbered over this start, each until it was taken in. */
import type { MessagesRequest } from '../model/agent-protocol.ts'
import { readMessages } from './answers.ts'
import type { Link, Refused } from './link.ts'
import { forgetMessages, type Waiting, waitingMessages } from './memory/outbox.ts'
import type { AgentDeps } from './ports.ts'
import type { SendFailure } from './reports.ts'

export interface Messages {
  /** All up to that place in the outbox. */
  send(upTo: number): Promise<SendFailure | null>
}

const MOST_AT_ONCE = 200
/** Of JSON; the controller takes 1 MiB. */
const MOST_BYTES = 512 * 1024

/** `ended` hears that an order's end was taken in. */
export function createMessages(
  { store, incarnation, log }: Pick<AgentDeps, 'store' | 'incarnation' | 'log'>,
  link: Link,
  ended: () => void,
): Messages {
  /** Given when first sent, and kept: the same number is the same message over this start. */
  const numbers = new Map<number, number>()
  let last = 0
  let oneByOne = false

  const numberOf = (id: number): number => {
    const known = numbers.get(id)
    if (known !== undefined) return known
    numbers.set(id, ++last)
    return last
  }

  /** False = the controller took none of them, or more than were sent: it speaks of other numbers than these. */
  const takenIn = (batch: readonly Waiting[], taken: number): boolean => {
    if (taken > last) return false
    const gone = batch.filter(({ id }) => numberOf(id) <= taken)
    const newest = gone.at(-1)
    if (newest === undefined) return false
    forgetMessages(store, newest.id)
    for (const { id } of gone) numbers.delete(id)
    if (gone.some(({ message }) => message.kind === 'event')) ended()
    return true
  }

  /** One that the controller will never take must not keep those behind it; an order's end is told until it is taken. */
  const notTaken = (batch: readonly Waiting[], refusal: Refused): SendFailure | null => {
    const [first, second] = batch
    if (refusal.denied || refusal.status === 429 || first === undefined) return refusal
    if (refusal.status === 409) return { kind: 'hello' }
    oneByOne = true
    if (second !== undefined) return null
    log(`the controller does not take a message in (${first.message.kind}): ${refusal.message}`)
    if (first.message.kind === 'event' || first.message.kind === 'refused') return refusal
    forgetMessages(store, first.id)
    return null
  }

  const sendBatch = async (batch: readonly Waiting[]): Promise<SendFailure | null> => {
    const body: MessagesRequest = {
      incarnation,
      messages: batch.map(({ id, message }) => ({ number: numberOf(id), message })),
    }
    const answer = await link.call('POST', 'messages', body)
    if (answer.kind === 'unreachable') return answer
    if (answer.kind === 'refused') return notTaken(batch, answer)
    if (!takenIn(batch, readMessages(answer.body).taken)) return { kind: 'hello' }
    oneByOne = false
    return null
  }

  return {
    send: async (upTo) => {
      for (;;) {
        const batch = upToSize(waitingMessages(store, oneByOne ? 1 : MOST_AT_ONCE, upTo))
        if (batch.length === 0) return null
        const failure = await sendBatch(batch)
        if (failure !== null) return failure
      }
    },
  }
}

/** One at least. */
function upToSize(waiting: readonly Waiting[]): readonly Waiting[] {
  let size = 0
  return waiting.filter(({ message }, index) => {
    size += Buffer.byteLength(JSON.stringify(message))
    return index === 0 || size <= MOST_BYTES
  })
}
