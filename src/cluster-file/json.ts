/** JSON text -> value, with line and column where it is no JSON. */
import { InvalidInput } from '../model/errors.ts'
import { jsonErrorOffset } from './json-error.ts'

/** What nobody can see is named by its code point, and cannot steer a terminal. */
function character(text: string, offset: number): string {
  const point = text.codePointAt(offset) ?? 0
  const shown = String.fromCodePoint(point)
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(shown)) return JSON.stringify(shown)
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
}

/** Throws InvalidInput `cluster-file-not-json`. A byte order mark at the beginning is passed over. */
export function parseJson(text: string): unknown {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text
  try {
    return JSON.parse(bare)
  } catch (cause) {
    const before = bare.slice(0, jsonErrorOffset(bare))
    const line = before.split('\n').length
    const column = before.length - before.lastIndexOf('\n')
    const wrong =
      before.length === bare.length
        ? 'the text ends too early'
        : `${character(bare, before.length)} cannot stand there`
    throw new InvalidInput(
      'cluster-file-not-json',
      `not JSON: line ${line}, column ${column}: ${wrong}`,
      { line, column },
      cause,
    )
  }
}
