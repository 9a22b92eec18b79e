/** JSON text -> value, with line and column where it is no JSON. */
import { InvalidInput } from '../model/errors.ts'
import { jsonErrorOffset } from './json-error.ts'

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
        : `${JSON.stringify(bare[before.length])} cannot stand there`
    throw new InvalidInput(
      'cluster-file-not-json',
      `not JSON: line ${line}, column ${column}: ${wrong}`,
      { line, column },
      cause,
    )
  }
}
