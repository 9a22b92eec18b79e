/** Failures as the command line tells them: one line on standard error and an exit status. */
import { BerthError, type Facts } from '../model/errors.ts'
import type { ApiResponse, CliPorts } from './ports.ts'
import { printable } from './text/printable.ts'

export const SUCCESS = 0
export const FAILURE = 1
export const USAGE = 2

/** The API refused: code, facts and detail are those of its problem document (RFC 9457). */
export class ApiRefusal extends BerthError {
  readonly status: number
  /** Seconds; null = the server did not say when to ask again. */
  readonly retryAfter: number | null

  constructor(status: number, code: string, detail: string, facts: Facts, retryAfter: number | null = null) {
    super(code, detail, facts)
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** No answer from a server, or not from the one that was meant. */
export class ServerFailure extends BerthError {}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The refusal that a response of status 400 or more carries; also of one that is no problem document. */
export function refusalOf(response: ApiResponse): ApiRefusal {
  const body = isRecord(response.body) ? response.body : {}
  const text = [body.detail, body.title].find((value) => typeof value === 'string' && value !== '')
  const detail = typeof text === 'string' ? text : `the API answered with status ${response.status}`
  const code = typeof body.code === 'string' ? body.code : 'api-error'
  const told = response.from === undefined ? detail : `${detail}${doorRemedy(response)} (${response.from})`
  const facts = isRecord(body.facts) ? body.facts : {}
  return new ApiRefusal(response.status, code, told, facts, response.retryAfter ?? null)
}

/** What to do about a server's door that did not open; a refusal of what was asked for explains itself. */
function doorRemedy({ status, retryAfter }: ApiResponse): string {
  switch (status) {
    case 401:
      return '; the token is wrong, has expired or was taken back: `berth context add --replace`, or BERTH_TOKEN, gives another'
    case 413:
      return '; what was sent is larger than the server takes'
    case 429:
      return `; too many requests were made: try again in ${retryAfter ?? 60} s`
    case 502:
    case 503:
    case 504:
      return typeof retryAfter === 'number' ? `; try again in ${retryAfter} s` : ''
    default:
      return ''
  }
}

/** Errors of the operating system (`ENOENT`, `EACCES`, ...) explain themselves; others are bugs and show where. */
function explain(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)]
  if (error instanceof ApiRefusal && error.code === 'invalid-request')
    // `body /name: ...` speaks of the API's body; here it is an option or argument of that name.
    return [error.message.replace(/^(?:body|querystring) \/?/, '')]
  if (error instanceof BerthError || ('code' in error && typeof error.code === 'string'))
    return [error.message]
  return (error.stack ?? error.message).split('\n')
}

/** Prints `berth: <what went wrong>`, one line but for a bug's, and gives the exit status, always 1. */
export function reportFailure(ports: CliPorts, error: unknown): number {
  const lines = explain(error).map(printable)
  ports.stderr(`berth: ${lines.join('\n')}\n`)
  return FAILURE
}
