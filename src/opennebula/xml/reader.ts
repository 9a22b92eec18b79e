/**
 * A pull reader for the XML that OpenNebula writes: one pass over the text, no tree. docs/decisions tells why there is one
 * beside the parser that libvirt's documents use.
 *
 * XML 1.0 without document types: the five predefined entities and character references, CDATA, comments, processing
 * instructions; attributes are read over. Start and end tags must agree, nesting is bounded, and whatever is amiss is
 * InvalidInput `opennebula-xml` with the line.
 */
import { decoded } from './decode.ts'
import { malformed, truncated } from './malformed.ts'

/** OpenNebula's documents nest eight deep. */
const DEEPEST = 64

export interface XmlReader {
  readonly text: string
  at: number
  /** Names of the elements that are open, outermost first. */
  readonly open: string[]
  /** The innermost was written `<NAME/>`. */
  empty: boolean
}

/** A reader before the outermost element of `text`. */
export function openXml(text: string): XmlReader {
  return { text, at: text.charCodeAt(0) === 0xfeff ? 1 : 0, open: [], empty: false }
}

/** Enters the next child of the innermost open element and gives its name; null = there is none left, and the element is closed. */
export function nextChild(reader: XmlReader): string | null {
  if (reader.empty) return close(reader)
  const { text } = reader
  for (;;) {
    const start = text.indexOf('<', reader.at)
    if (start < 0) throw truncated(reader)
    reader.at = start
    switch (text.charCodeAt(start + 1)) {
      case SLASH:
        return closeTag(reader)
      case EXCLAMATION:
        skipMarkup(reader)
        break
      case QUESTION:
        skipPast(reader, '?>')
        break
      default:
        return openTag(reader)
    }
  }
}

/** The text of the innermost open element, blanks at both ends taken off; what its children say is left out. Closes it. */
export function readText(reader: XmlReader): string {
  if (reader.empty) {
    close(reader)
    return ''
  }
  const { text } = reader
  let value = ''
  for (;;) {
    const start = text.indexOf('<', reader.at)
    if (start < 0) throw truncated(reader)
    if (start > reader.at) value += decoded(reader, text.slice(reader.at, start))
    reader.at = start
    if (text.startsWith(CDATA, start)) {
      const from = start + CDATA.length
      skipPast(reader, ']]>')
      value += text.slice(from, reader.at - 3)
    } else {
      const child = text.charCodeAt(start + 1) === SLASH ? closeTag(reader) : enterOrSkip(reader)
      if (child === null) return value.trim()
      if (child !== '') skipElement(reader)
    }
  }
}

/** Reads over the innermost open element and all in it. */
export function skipElement(reader: XmlReader): void {
  const outside = reader.open.length - 1
  while (reader.open.length > outside) nextChild(reader)
}

/** The document must end behind its outermost element, which was closed: comments and blanks alone may follow. */
export function endXml(reader: XmlReader): void {
  for (;;) {
    const start = reader.text.indexOf('<', reader.at)
    if (start < 0) break
    reader.at = start
    if (enterOrSkip(reader) !== '') throw malformed(reader, 'a second outermost element')
  }
  if (reader.text.slice(reader.at).trim() !== '') throw malformed(reader, 'text behind the outermost element')
}

const SLASH = 0x2f
const EXCLAMATION = 0x21
const QUESTION = 0x3f
const GREATER = 0x3e
const CDATA = '<![CDATA['

/** '' = it was a comment or an instruction. */
function enterOrSkip(reader: XmlReader): string {
  const code = reader.text.charCodeAt(reader.at + 1)
  if (code === EXCLAMATION) skipMarkup(reader)
  else if (code === QUESTION) skipPast(reader, '?>')
  else return openTag(reader)
  return ''
}

function skipMarkup(reader: XmlReader): void {
  const { text, at } = reader
  if (text.startsWith('<!--', at)) skipPast(reader, '-->')
  else if (text.startsWith(CDATA, at)) skipPast(reader, ']]>')
  else if (at + 9 > text.length) throw truncated(reader)
  else throw malformed(reader, 'a document type declaration or other "<!", which is not accepted')
}

function skipPast(reader: XmlReader, end: string): void {
  const found = reader.text.indexOf(end, reader.at)
  if (found < 0) throw truncated(reader)
  reader.at = found + end.length
}

function openTag(reader: XmlReader): string {
  const { text } = reader
  const from = reader.at + 1
  let to = from
  while (isNameCode(text.charCodeAt(to))) to++
  if (to === from) throw to >= text.length ? truncated(reader) : malformed(reader, '"<" without a name')
  const name = text.slice(from, to)
  let end = to
  if (text.charCodeAt(end) !== GREATER) end = skipAttributes(reader, to)
  reader.empty = text.charCodeAt(end - 1) === SLASH
  reader.at = end + 1
  reader.open.push(name)
  if (reader.open.length > DEEPEST) throw malformed(reader, `elements nested more than ${DEEPEST} deep`)
  return name
}

const ATTRIBUTE = /\s+[^\s"'<>/=]+\s*=\s*(?:"[^"<]*"|'[^'<]*')/y
const TAG_END = /\s*\/?/y

/** Where the tag's `>` stands. One attribute at a time: an expression for all of them would need a stack for a million. */
function skipAttributes(reader: XmlReader, from: number): number {
  const { text } = reader
  let end = from
  ATTRIBUTE.lastIndex = from
  while (ATTRIBUTE.test(text)) end = ATTRIBUTE.lastIndex
  TAG_END.lastIndex = end
  TAG_END.test(text)
  end = TAG_END.lastIndex
  if (text.charCodeAt(end) === GREATER) return end
  throw end >= text.length ? truncated(reader) : malformed(reader, 'a tag that is not well-formed')
}

function closeTag(reader: XmlReader): null {
  const { text, at, open } = reader
  const name = open.at(-1) ?? ''
  let end = at + 2 + name.length
  if (!text.startsWith(name, at + 2) || isNameCode(text.charCodeAt(end)))
    throw end > text.length ? truncated(reader) : malformed(reader, `an end tag where </${name}> is due`)
  while (isBlank(text.charCodeAt(end))) end++
  if (text.charCodeAt(end) !== GREATER)
    throw end >= text.length ? truncated(reader) : malformed(reader, `</${name} without ">"`)
  reader.at = end + 1
  return close(reader)
}

function close(reader: XmlReader): null {
  reader.open.pop()
  reader.empty = false
  return null
}

/** Letters, digits and `_ - . :`; whatever is not ASCII passes, since nothing here asks for it. */
function isNameCode(code: number): boolean {
  return (
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x5f ||
    (code >= 0x2d && code <= 0x3a && code !== SLASH) ||
    code > 0x7f
  )
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
