/** A document within a document: XML-RPC carries OpenNebula's XML as a text, every `<` of it written `&lt;`. */
import { CommandFailed } from '../../model/errors.ts'

const AMPERSAND = 0x26
const SEMICOLON = 0x3b

const PREDEFINED: ReadonlyMap<string, number> = new Map([
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['amp', 0x26],
  ['quot', 0x22],
  ['apos', 0x27],
])

/** The longest reference that is known, without `&` and `;`. */
const LONGEST = 8

/**
 * Replaces references in UTF-8 bytes, within the bytes themselves (a pool is 70 MB and what comes out is shorter), and gives
 * the part that is left. CommandFailed `opennebula-api` for an unknown reference.
 */
export function unescapeInPlace(bytes: Buffer): Buffer {
  let to = bytes.indexOf(AMPERSAND)
  if (to < 0) return bytes
  for (let from = to; from < bytes.length; ) {
    const reference = from
    if (bytes[from] === AMPERSAND) {
      const end = bytes.indexOf(SEMICOLON, from)
      bytes[to] = characterOf(bytes, reference + 1, end)
      to += 1
      from = end + 1
    }
    const next = bytes.indexOf(AMPERSAND, from)
    const until = next < 0 ? bytes.length : next
    bytes.copyWithin(to, from, until)
    to += until - from
    from = until
  }
  return bytes.subarray(0, to)
}

function characterOf(bytes: Buffer, from: number, end: number): number {
  const name = end < 0 || end - from > LONGEST ? '' : bytes.toString('latin1', from, end)
  const numeric = /^#(?:x([0-9a-f]+)|([0-9]+))$/i.exec(name)
  const code =
    numeric === null
      ? PREDEFINED.get(name)
      : Number.parseInt(numeric[1] ?? numeric[2] ?? '', numeric[1] === undefined ? 10 : 16)
  if (code !== undefined && code > 0 && code < 0x80) return code
  throw new CommandFailed('opennebula-api', 'the answer has an unknown reference in it')
}
