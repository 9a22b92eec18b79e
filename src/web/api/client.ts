/** Requests to the API that served the page, with the token of who signed in; refusals are thrown as `Refused`. */
import createClient, { type Middleware } from 'openapi-fetch'
import { currentToken, tokenEnded } from '../app/session.ts'
import { hearClock } from './clock.ts'
import type { paths } from './openapi.d.ts'
import { refusedBy, unreachable } from './problem.ts'

const withToken: Middleware = {
  onRequest: ({ request }) => {
    const token = currentToken()
    if (token !== null) request.headers.set('authorization', `Bearer ${token}`)
    return request
  },
  onResponse: async ({ request, response }) => {
    hearClock(response.headers)
    if (response.ok) return response
    const body: unknown = await response.json().catch(() => null)
    if (response.status === 401) tokenEnded(tokenOf(request))
    throw refusedBy(response.status, body)
  },
  onError: ({ error }) => unreachable(error),
}

const tokenOf = ({ headers }: Request): string | null =>
  headers.get('authorization')?.replace(/^Bearer /, '') ?? null

/** `cache: no-cache` = the browser asks with the ETag that it has, and an unchanged document does not travel again. */
export const api = createClient<paths>({ baseUrl: location.origin, cache: 'no-cache' })
api.use(withToken)

/** The document of an answer: `await documentOf(api.GET('/v1/me'))`. Throws `Refused`. */
export async function documentOf<T>(
  asked: Promise<{ readonly data?: T; readonly response: Response }>,
): Promise<T> {
  const { data, response } = await asked
  if (data !== undefined) return data
  throw refusedBy(response.status, null)
}

const PAGE = 500

/**
 * All rows of a list, page by page: no answer grows with the cluster. `more` is what the query says beside; `soFar` is told what
 * there is after each page but the last; `cache` as `pageAt` has it.
 */
export async function allOf<T>(
  path: string,
  more: Readonly<Record<string, string>>,
  signal: AbortSignal,
  soFar?: (rows: readonly T[]) => void,
  cache?: RequestCache,
): Promise<readonly T[]> {
  const rows: T[] = []
  let next: string | null = `${path}?${new URLSearchParams({ limit: String(PAGE), ...more })}`
  while (next !== null) {
    const answer: Page<T> = await pageAt(next, signal, cache)
    for (const row of answer.rows) rows.push(row)
    next = answer.next
    if (next !== null) soFar?.([...rows])
  }
  return rows
}

export interface Page<T> {
  readonly rows: readonly T[]
  /** The next page's path and query, from `Link` (RFC 8288); null = this was the last. */
  readonly next: string | null
}

/**
 * What the generated types say a list is made of; `Refused` where it is refused. `cache: no-store` = as it is now: ETags do not
 * know of heartbeats.
 */
export async function pageAt<T>(
  url: string,
  signal: AbortSignal,
  cache: RequestCache = 'no-cache',
): Promise<Page<T>> {
  const token = currentToken()
  const headers: HeadersInit = token === null ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers, signal, cache }).catch((error: unknown) => {
    throw signal.aborted ? error : unreachable(error)
  })
  hearClock(response.headers)
  const body: unknown = await response.json().catch(() => null)
  if (response.status === 401) tokenEnded(token)
  if (!response.ok || !Array.isArray(body)) throw refusedBy(response.status, body)
  const link = response.headers.get('link')
  return { rows: body, next: /<([^>]+)>; *rel="next"/.exec(link ?? '')?.[1] ?? null }
}
