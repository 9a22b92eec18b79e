/** The way to the controller: each answer told apart, its coming and going in the log once, and the end where another agent took over. */
import { BerthError, Conflict } from '../model/errors.ts'
import { isRecord } from './answers.ts'
import { isOwnIncarnation } from './memory/incarnations.ts'
import type { AgentDeps } from './ports.ts'

export interface Ok {
  readonly kind: 'ok'
  readonly body: unknown
}

export interface Refused {
  readonly kind: 'refused'
  readonly status: number
  /** As docs/errors.md has it; `` where the answer names none. */
  readonly code: string
  readonly message: string
  readonly facts: Readonly<Record<string, unknown>>
  /** The credential is not good here: somebody has to act. */
  readonly denied: boolean
}

export interface Unreachable {
  readonly kind: 'unreachable'
}

export type Answer = Ok | Refused | Unreachable

export interface Link {
  /** To `/v1/agents/HOST/<path>`. Never rejects for what a controller or a network does. */
  call(method: 'POST' | 'PUT', path: string, body: unknown, options?: CallOptions): Promise<Answer>
  /** Aborted, with the reason, once another program speaks for this host, or the controller's database is another one. */
  readonly over: AbortSignal
  end(reason: Conflict): void
  /** Runs `work` whenever the controller answers again after it did not. */
  onBack(work: () => void): void
  /** Runs `work` where the controller does not know this start, and has heard nobody else either: its database was restored. */
  onForgotten(work: () => void): void
}

export interface CallOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** `quit` cuts short whatever is asked. */
export function createLink(
  deps: Pick<AgentDeps, 'client' | 'host' | 'store' | 'log'>,
  quit: AbortSignal,
): Link {
  const over = new AbortController()
  const back: (() => void)[] = []
  const forgotten: (() => void)[] = []
  /** Of which kind; words may differ from one try to the next. */
  let trouble: string | null = null
  const say = (kind: string | null, words: string) => {
    if (kind === trouble) return
    trouble = kind
    deps.log(words)
    if (kind === null) for (const work of back) work()
  }
  const notPresent = (path: string, { facts }: Refused) => {
    if (path === 'hello' || !isForgotten(deps, facts)) return over.abort(superseded(deps))
    say(
      'forgotten',
      'the controller does not know this start, and no other agent of this host: it was restored; hello again',
    )
    for (const work of forgotten) work()
  }
  return {
    over: over.signal,
    end: (reason) => over.abort(reason),
    onBack: (work) => void back.push(work),
    onForgotten: (work) => void forgotten.push(work),
    call: async (method, path, body, options) => {
      const { timeoutMs, signal = quit } = options ?? {}
      const answer = await cutShort([quit, signal], (signal) =>
        ask(deps, method, path, body, { ...(timeoutMs !== undefined && { timeoutMs }), signal }),
      )
      if ('silent' in answer) {
        if (!quit.aborted && !signal.aborted) say(answer.trouble, answer.silent)
        return { kind: 'unreachable' }
      }
      if (answer.kind === 'ok') say(null, 'the controller answers again')
      else if (answer.denied) say('denied', denied(deps, answer))
      else if (answer.code === 'agent-superseded') notPresent(path, answer)
      else if (path === 'hello' || path === 'poll')
        say(`refused ${answer.code}`, `the controller refuses this host's ${path}: ${answer.message}`)
      return answer
    },
  }
}

/** One signal for one request; nothing of it stays at those that last (AbortSignal.any keeps a little each time in Node 20). */
async function cutShort<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const request = new AbortController()
  const abort = () => request.abort()
  for (const signal of signals)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort)
  try {
    return await work(request.signal)
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort)
  }
}

/** No answer that could be worked with. */
interface Silent {
  readonly trouble: string
  readonly silent: string
}

async function ask(
  { client, host }: Pick<AgentDeps, 'client' | 'host'>,
  method: string,
  path: string,
  body: unknown,
  options: CallOptions = {},
): Promise<Ok | Refused | Silent> {
  try {
    const answer = await client.request(method, `/v1/agents/${host.id}/${path}`, body, options)
    if (answer.status < 300) return { kind: 'ok', body: answer.body }
    if (answer.status >= 500)
      return { trouble: 'fails', silent: `the controller fails: ${detailOf(answer.body, answer.status)}` }
    const code = isRecord(answer.body) && typeof answer.body.code === 'string' ? answer.body.code : ''
    const denied = answer.status === 401 || answer.status === 403
    return {
      kind: 'refused',
      ...{ status: answer.status, code, denied },
      message: detailOf(answer.body, answer.status),
      facts: isRecord(answer.body) && isRecord(answer.body.facts) ? answer.body.facts : {},
    }
  } catch (error) {
    if (!(error instanceof BerthError) && !(error instanceof SyntaxError)) throw error
    return { trouble: error instanceof BerthError ? error.code : 'nonsense', silent: error.message }
  }
}

function detailOf(body: unknown, status: number): string {
  const detail = isRecord(body) ? body.detail : undefined
  return typeof detail === 'string' && detail !== '' ? detail : `status ${status}`
}

/** Whom it knows is this host's agent of before, or nobody. One that does not say whom has heard another one. */
function isForgotten({ store }: Pick<AgentDeps, 'store'>, { present }: Refused['facts']): boolean {
  return present === null || (typeof present === 'string' && isOwnIncarnation(store, present))
}

function denied({ host }: Pick<AgentDeps, 'host'>, { message }: Refused): string {
  return `the controller does not take this host's credential: ${message}. VMs go on; on the controller: berth token join ${host.name}, and here: berth agent join --force`
}

function superseded({ host }: Pick<AgentDeps, 'host'>): Conflict {
  return new Conflict(
    'agent-superseded',
    `another agent speaks for host ${host.name} now, and this one ends. If nobody started one, look for a second machine with the same state; what the controller tells of a host, it tells to one`,
    { host: host.name },
  )
}
