/**
 * JSON bodies, parsed only where they are not nested deeper than any document is (a megabyte of brackets takes the parser half a second) and
 * without the character NUL, which PostgreSQL keeps in no text.
 */
import type { FastifyInstance } from 'fastify'
import { InvalidInput } from '../model/errors.ts'

const DEEPEST = 64

/** In the place of Fastify's own: InvalidInput `invalid-request` where it is nested too deep or holds a NUL, else as that one. */
export function shallowJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const wrong = whatIsWrong(text)
    if (wrong === null) return parse(request, text, done)
    done(new InvalidInput('invalid-request', `body: ${wrong}`, { in: 'body', pointer: '' }))
  })
}

function whatIsWrong(text: string): string | null {
  if (isDeeper(text, DEEPEST)) return `is nested deeper than ${DEEPEST} levels`
  // The character itself is no JSON within a text; so it must be written like this.
  return text.includes('\\u0000') ? 'holds the character NUL (\\u0000)' : null
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const [BRACKET, BRACE, BRACKET_END, BRACE_END] = [0x5b, 0x7b, 0x5d, 0x7d]

function isDeeper(text: string, most: number): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) quoted = false
    } else if (code === QUOTE) quoted = true
    else if (code === BRACKET || code === BRACE) {
      depth++
      if (depth > most) return true
    } else if (code === BRACKET_END || code === BRACE_END) depth--
  }
  return false
}
