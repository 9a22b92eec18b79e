/** Errors become problem documents (RFC 9457): the one table of statuses, and nothing internal ever leaves. */
import {
  BerthError,
  CommandFailed,
  Conflict,
  CorruptReport,
  type Facts,
  Forbidden,
  InvalidInput,
  NotFound,
  TooOften,
  Unauthorized,
} from '../model/errors.ts'

/** Media type `application/problem+json`. `code` and `facts` are Berth's extensions. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly facts: Facts
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

const STATUSES = [
  { error: InvalidInput, status: 400, title: 'Invalid input' },
  { error: Unauthorized, status: 401, title: 'Unauthorized' },
  { error: Forbidden, status: 403, title: 'Forbidden' },
  { error: NotFound, status: 404, title: 'Not found' },
  { error: Conflict, status: 409, title: 'Conflict' },
  { error: CorruptReport, status: 422, title: 'Corrupt report' },
  { error: TooOften, status: 429, title: 'Too many requests' },
  { error: CommandFailed, status: 502, title: 'Command failed' },
] as const

/** What Fastify itself refuses before a handler runs; everything else of its own is a bad request. */
const FASTIFY_CODES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
}

/** Whether `problemOf` hides what happened, so that it must be logged. */
export function isInternal(problem: Problem): boolean {
  return problem.status >= 500 && problem.code === 'internal-error'
}

/** The problem document of whatever a handler threw. */
export function problemOf(error: unknown): Problem {
  if (error instanceof BerthError) {
    const known = STATUSES.find((row) => error instanceof row.error)
    if (known) return problem(known.status, known.title, error.code, error.message, error.facts)
  }
  const refused = fastifyRefusal(error)
  if (refused) return refused
  const detail = 'something went wrong inside Berth; its log on standard error says what'
  return problem(500, 'Internal error', 'internal-error', detail)
}

export function unknownRoute(method: string, url: string): Problem {
  return problem(404, 'Not found', 'unknown-route', `the API has no ${method} ${url}`, { method, url })
}

/** What HTTP wants beside it (RFC 6750, RFC 6585). */
export function refusalHeaders({ status, code, facts }: Problem): Readonly<Record<string, string>> {
  const invalid = code === 'token-missing' ? '' : ', error="invalid_token"'
  const seconds = facts.retryAfterSeconds
  return {
    ...(status === 401 && { 'www-authenticate': `Bearer realm="berth"${invalid}` }),
    ...(typeof seconds === 'number' && { 'retry-after': String(seconds) }),
  }
}

/** For now: there are too many, or the program is about to end. */
export function unavailable(code: string, detail: string): Problem {
  return problem(503, 'Unavailable', code, detail)
}

function fastifyRefusal(error: unknown): Problem | null {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return null
  const { statusCode: status, code } = error
  if (typeof status !== 'number' || status < 400 || status >= 500 || typeof code !== 'string') return null
  // Validation refuses with InvalidInput: under this code Fastify passes on whatever broke while validating.
  if (!code.startsWith('FST_') || code === 'FST_ERR_VALIDATION') return null
  return problem(status, 'Invalid request', FASTIFY_CODES[code] ?? 'invalid-request', error.message)
}

function problem(status: number, title: string, code: string, detail: string, facts: Facts = {}): Problem {
  return { type: `urn:berth:error:${code}`, title, status, code, detail, facts }
}
