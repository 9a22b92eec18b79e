/** Lists in pages: `limit` and `after` of a request, and the `Link` to the next page (RFC 8288). */
import type { FastifyReply, FastifyRequest } from 'fastify'

/** In the query of a list; without `limit` a list is whole, whatever its length. */
export interface PageQuery {
  readonly limit?: string
  /** The last one of the page before: only what comes behind it is listed. */
  readonly after?: string
}

/** Null = everything. */
export function limitOf({ limit }: PageQuery): number | null {
  return limit === undefined ? null : Number(limit)
}

/** Of lists by id; the schema let only digits through. */
export function idPage(query: PageQuery): { readonly after?: number; readonly limit?: number } {
  const limit = limitOf(query)
  return {
    ...(query.after !== undefined && { after: Number(query.after) }),
    // One more than is shown: whether there is a next page.
    ...(limit !== null && { limit: limit + 1 }),
  }
}

/** `rows`: of the page and one more, where there is one. Sets `Link` then. `cursor` is what `after` is for what comes behind that row. */
export function answerPage<T>(
  { url, query }: Pick<FastifyRequest<{ Querystring: PageQuery }>, 'url' | 'query'>,
  reply: FastifyReply,
  rows: readonly T[],
  cursor: (row: T) => string,
): readonly T[] {
  const limit = limitOf(query)
  if (limit === null || rows.length <= limit) return rows
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  if (last === undefined) return shown
  const next = new URL(url, 'http://localhost')
  next.searchParams.set('after', cursor(last))
  reply.header('link', `<${next.pathname}${next.search}>; rel="next"`)
  return shown
}
