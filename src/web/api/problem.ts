/** Refusals of the API as errors of the page: problem documents (RFC 9457), with the code by which they are told apart. */

export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  /** As docs/errors.md lists them; `unreachable` = no answer came. */
  readonly code: string
  readonly facts: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.facts = facts
  }
}

/** What an answer that is no success says; one that is no problem document is named by its status. */
export function refusedBy(status: number, body: unknown): Refused {
  if (!isRecord(body) || typeof body.code !== 'string' || typeof body.detail !== 'string')
    return new Refused(
      status,
      'unknown',
      `the controller answered with status ${status}, and did not say why`,
    )
  return new Refused(status, body.code, body.detail, isRecord(body.facts) ? body.facts : {})
}

export function unreachable(cause: unknown): Refused {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Refused(0, 'unreachable', `the controller does not answer (${why})`)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Words for a person. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
