/** The API of a controller elsewhere: requests over HTTPS, for the command line and for agents. */
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { BerthError, CommandFailed } from '../model/errors.ts'
import { PinnedAgent } from './pinned.ts'
import { parseServerUrl } from './server-url.ts'

export interface ClientOptions {
  /** See parseServerUrl. */
  readonly server: string
  /** Sent as a bearer token; null = none. */
  readonly token: string | null
  /** Trust the certificate with this SHA-256 (hex), whoever signed it; null = one that this machine's authorities vouch for. */
  readonly fingerprint: string | null
}

export interface RequestOptions {
  /** For the whole of it; 30 s by default. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface ClientAnswer {
  readonly status: number
  /** Lower case names. */
  readonly headers: IncomingMessage['headers']
  /** The decoded JSON document; text where it is none; undefined where there is nothing. */
  readonly body: unknown
}

export interface Client {
  /**
   * Whatever the server answers, refusals too. Throws CommandFailed `server-unreachable` where there is no answer, with the
   * cause in words; Forbidden `server-impostor`.
   */
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<ClientAnswer>
  /** Ends idle connections. */
  close(): void
}

const TIMEOUT_MS = 30_000
/** More than any list has that the API hands out at once. */
const LONGEST_ANSWER = 256 * 1024 * 1024

/** InvalidInput `server-url`, `server-insecure`. Connections are kept and used again. */
export function createClient({ server, token, fingerprint }: ClientOptions): Client {
  const base = parseServerUrl(server)
  const secure = base.protocol === 'https:'
  const keep = { keepAlive: true }
  const pinned = fingerprint === null ? null : new PinnedAgent(fingerprint, keep)
  const agent = secure ? (pinned ?? new HttpsAgent(keep)) : new HttpAgent(keep)
  const headers = { accept: 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) }
  return {
    request: async (method, path, body, { timeoutMs = TIMEOUT_MS, signal } = {}) => {
      const text = body === undefined ? null : JSON.stringify(body)
      const sent = {
        ...headers,
        ...(text !== null && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(text)),
        }),
      }
      const { until, letGo } = patience(timeoutMs, signal)
      const options = { method, agent, headers: sent, signal: until }
      const url = new URL(path, base)
      try {
        return await answerTo(secure ? httpsRequest(url, options) : httpRequest(url, options), text, until)
      } catch (error) {
        throw unreachable(base, until.aborted ? until.reason : error)
      } finally {
        letGo()
      }
    },
    close: () => agent.destroy(),
  }
}

/**
 * Aborted after that time, or with `signal`. Not AbortSignal.any and timeout: Node 20 collects a timeout that only another signal follows,
 * and a request whose connection has died would wait for ever.
 */
function patience(timeoutMs: number, signal: AbortSignal | undefined): { until: AbortSignal; letGo(): void } {
  const controller = new AbortController()
  const late = Object.assign(new Error(`no answer within ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' })
  const timer = setTimeout(() => controller.abort(late), timeoutMs)
  const abort = () => controller.abort(signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  const letGo = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
  return { until: controller.signal, letGo }
}

async function answerTo(
  request: ClientRequest,
  body: string | null,
  until: AbortSignal,
): Promise<ClientAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // While its connection is not there a request does not tell that it was given up.
    until.addEventListener('abort', () => reject(until.reason), { once: true })
    request.once('response', resolve)
    request.once('error', reject)
    request.end(body ?? undefined)
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    size += (chunk as Buffer).length
    if (size > LONGEST_ANSWER) {
      response.destroy()
      throw new Error('the answer does not end')
    }
    chunks.push(chunk as Buffer)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  return { status: response.statusCode ?? 0, headers: response.headers, body: decoded(response, text) }
}

function decoded({ headers }: IncomingMessage, text: string): unknown {
  if (text === '') return undefined
  if (!/\bjson\b/.test(headers['content-type'] ?? '')) return text
  return JSON.parse(text) as unknown
}

function unreachable(base: URL, error: unknown): Error {
  if (error instanceof BerthError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : null
  const words = error instanceof Error ? error.message : String(error)
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code ?? '')
  const remedy = untrusted ? '; trust it by its fingerprint (SHA-256), as the controller shows it' : ''
  return new CommandFailed(
    'server-unreachable',
    `${base.origin} does not answer: ${words}${remedy}`,
    { server: base.origin, cause: code },
    error,
  )
}
