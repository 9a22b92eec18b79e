/** What OpenNebula's elements hold: attributes, numbers, lists of ids, and hexadecimal numbers as its core reads them. */
import { malformed } from './malformed.ts'
import { nextChild, readText, type XmlReader } from './reader.ts'

/** By name, as OpenNebula wrote them; of several with one name the first. */
export type Attributes = ReadonlyMap<string, string>

/** The texts of the children of the innermost open element, which is closed. */
export function readAttributes(reader: XmlReader, into: Map<string, string> = new Map()): Attributes {
  for (let name = nextChild(reader); name !== null; name = nextChild(reader)) {
    const text = readText(reader)
    if (!into.has(name)) into.set(name, text)
  }
  return into
}

/** Calls `read` for each child of that name; the others are handed to `other`, which must close them. */
export function eachChild(
  reader: XmlReader,
  name: string,
  read: (reader: XmlReader) => void,
  other: (reader: XmlReader) => void,
): void {
  for (let child = nextChild(reader); child !== null; child = nextChild(reader))
    (child === name ? read : other)(reader)
}

/** A whole number; `fallback` for an empty text. InvalidInput `opennebula-xml` for anything else. */
export function readWhole(reader: XmlReader, fallback: number): number {
  const element = reader.open.at(-1) ?? ''
  const text = readText(reader)
  if (text === '') return fallback
  if (!/^[+-]?\d{1,15}$/.test(text)) throw malformed(reader, `<${element}> is no whole number`)
  return Number(text)
}

/** The whole number in an attribute; null = it is absent, or something else. */
export function wholeOf(attributes: Attributes, name: string): number | null {
  const text = attributes.get(name) ?? ''
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : null
}

const DIGIT_0 = 0x30
const OPEN_ID = '<ID>'
const CLOSE_ID = '</ID>'

/**
 * The ids in `<ID>1</ID><ID>2</ID>...`. There can be one for each host in each VM: millions, which the short way below
 * reads in place; whatever is written otherwise goes the long way.
 */
export function readIds(reader: XmlReader): number[] {
  const ids: number[] = []
  for (;;) {
    if (!reader.empty) readPlainIds(reader, ids)
    const name = nextChild(reader)
    if (name === null) return ids
    const id = readWhole(reader, -1)
    if (name === 'ID' && id >= 0) ids.push(id)
  }
}

function readPlainIds(reader: XmlReader, ids: number[]): void {
  const { text } = reader
  while (text.startsWith(OPEN_ID, reader.at)) {
    let at = reader.at + OPEN_ID.length
    const from = at
    let id = 0
    for (let digit = text.charCodeAt(at) - DIGIT_0; digit >= 0 && digit <= 9; ) {
      id = id * 10 + digit
      at += 1
      digit = text.charCodeAt(at) - DIGIT_0
    }
    if (at === from || at - from > 9 || !text.startsWith(CLOSE_ID, at)) return
    ids.push(id)
    reader.at = at + CLOSE_ID.length
  }
}

/** A hexadecimal number of at most 32 bits as a C++ stream reads it; `whole` = nothing stood behind it. Null = there is none. */
export function hexadecimal(text: string): { readonly value: number; readonly whole: boolean } | null {
  const match = /^\s*\+?(?:0x(?=[0-9a-f]))?([0-9a-f]+)/i.exec(text)
  const value = Number.parseInt(match?.[1] ?? '', 16)
  if (match === null || value > 0xffff_ffff) return null
  return { value, whole: match[0].length === text.length }
}
