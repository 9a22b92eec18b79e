/** The page: the files of its build, for anybody who gets to the door; what it shows it asks the API for, with a token. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** Addresses of the page: all are one document, which shows what its address says. */
const PLACES = ['/', '/hosts', '/hosts/*', '/vms', '/vms/*', '/templates', '/templates/*', '/plan'] as const

/**
 * Scripts and styles of this server's files only, none that stands in the document: whatever a device or a VM is called, it cannot run.
 * (What a script sets on an element's `style` is not meant by it: CSP 3, 8.3.)
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/** Said of a file that is there only: one that is not yet, while a newer build is on its way, is asked for again. */
const KEPT_A_DAY = { cacheControl: true, maxAge: '1d' } as const
const KEPT = { cacheControl: true, maxAge: '365d', immutable: true } as const

/** `folder` = the page's build. False = there is none there, and no page is served. */
export function pageRoutes(app: FastifyInstance, folder: string): boolean {
  if (!existsSync(join(folder, 'index.html'))) return false
  app.register(fastifyStatic, {
    ...{ root: folder, serve: false, preCompressed: true, cacheControl: false },
    // A range that a file does not have would be an error of ours.
    acceptRanges: false,
  })
  const options = { config: { right: 'public', page: true } } as const
  const document = (_: unknown, reply: FastifyReply) =>
    reply.headers({ ...HEADERS, 'cache-control': 'no-cache' }).sendFile('index.html')
  for (const place of PLACES) app.get(place, options, document)
  app.get('/favicon.svg', options, (_, reply) => reply.headers(HEADERS).sendFile('favicon.svg', KEPT_A_DAY))
  // Their names change with what is in them.
  app.get<{ Params: { file: string } }>('/assets/:file', options, ({ params: { file } }, reply) =>
    /^[\w-][\w.-]*$/.test(file)
      ? reply.headers(HEADERS).sendFile(`assets/${file}`, KEPT)
      : reply.callNotFound(),
  )
  return true
}
