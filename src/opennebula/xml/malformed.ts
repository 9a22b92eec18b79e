/** What is wrong with a document of OpenNebula's, with the place: InvalidInput `opennebula-xml`. */
import { InvalidInput } from '../../model/errors.ts'
import type { XmlReader } from './reader.ts'

/** The text ends too early. */
export function truncated(reader: XmlReader): InvalidInput {
  const where = reader.open.length === 0 ? 'the outermost element' : `<${reader.open.at(-1)}>`
  return failure(reader, `the document ends within ${where}: it was cut off`)
}

/** What is wrong here, for callers that find fault with what an element says. */
export function malformed(reader: XmlReader, what: string): InvalidInput {
  return failure(reader, `not the XML that is due: ${what}`)
}

function failure({ text, at }: XmlReader, message: string): InvalidInput {
  let line = 1
  for (let n = text.indexOf('\n'); n >= 0 && n < at; n = text.indexOf('\n', n + 1)) line++
  return new InvalidInput('opennebula-xml', `line ${line}, character ${at + 1}: ${message}`, { line, at })
}
