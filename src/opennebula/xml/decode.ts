/** References in XML text: the five predefined entities and characters by number. */
import { malformed } from './malformed.ts'
import type { XmlReader } from './reader.ts'

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** `text` with its references replaced. InvalidInput `opennebula-xml` for one that is unknown. */
export function decoded(reader: XmlReader, text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6});|#([0-9]{1,7});|([a-z]+);)?/gi, (_, hex, decimal, name) => {
    const known = name === undefined ? undefined : PREDEFINED[name]
    if (known !== undefined) return known
    const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : -1
    if (code < 1 || code > 0x10ffff) throw malformed(reader, 'a reference to an unknown entity')
    return String.fromCodePoint(code)
  })
}
