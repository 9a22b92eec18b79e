/** XML as values: elements are built and merged here as trees, and only a serializer turns them into text. */
import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'

export type Content = Element | string

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Content[]
}

/** Not well-formed, or a value or name that XML 1.0 cannot carry. The message says what and, where known, the line. */
export class XmlError extends Error {}

type Values = Readonly<Record<string, string | number | null>>

/** An element; attributes that are null are left out, and so are children that are null. */
export function element(name: string, attributes: Values, ...children: (Content | null)[]): Element {
  const entries = Object.entries(attributes).flatMap(([key, value]) =>
    value === null ? [] : [[key, String(value)] as const],
  )
  return {
    name,
    attributes: Object.fromEntries(entries),
    children: children.filter((child) => child !== null),
  }
}

/** `<name>text</name>`, one line: XmlError for a text with a tab or a line end. */
export function textElement(name: string, text: string | number): Element {
  return element(name, {}, checked(String(text), name, true))
}

/** The name without its namespace prefix. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

export function childElements(parent: Element, name?: string): readonly Element[] {
  return parent.children.filter(
    (child): child is Element => typeof child !== 'string' && (name === undefined || child.name === name),
  )
}

export function firstChild(parent: Element | undefined, name: string): Element | undefined {
  return parent === undefined ? undefined : childElements(parent, name)[0]
}

/** The element's own text, white space at both ends taken off. */
export function textOf(node: Element | undefined): string {
  return (node?.children ?? [])
    .filter((child) => typeof child === 'string')
    .join('')
    .trim()
}

/** An element and everything below it, in document order. */
export function* everyElement(root: Element): Generator<Element> {
  yield root
  for (const child of childElements(root)) yield* everyElement(child)
}

const TEXT = '#text'
const CDATA = '#cdata'
const ATTRIBUTES = ':@'

// XML 1.0, 2.2: the characters that no document may contain, not even as references; and the carriage return, which is
// read back as a line feed (2.11).
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
// An attribute's tabs and line ends become spaces when read (XML 1.0, 3.3.3): a file name would silently change.
const LINE_BREAK = /[\t\n\r]/
const NAME = /^[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}_][\p{L}\p{N}_.-]*)?$/u

function checked(value: string, place: string, oneLine: boolean): string {
  if (FORBIDDEN.test(value) || (oneLine && LINE_BREAK.test(value)))
    throw new XmlError(`${place} contains a control character: ${JSON.stringify(value)}`)
  return value
}

function checkedName(name: string): string {
  if (!NAME.test(name)) throw new XmlError(`${JSON.stringify(name)} is not an XML name`)
  return name
}

const builder = new XMLBuilder({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: TEXT,
  format: true,
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
})

function toBuilder(node: Content, place: string): object {
  if (typeof node === 'string') return { [TEXT]: checked(node, place, false) }
  const here = `${place}/${checkedName(node.name)}`
  const attributes = Object.entries(node.attributes).map(([name, value]) => [
    checkedName(name),
    checked(value, `${here}/@${name}`, true),
  ])
  return {
    [node.name]: node.children.map((child) => toBuilder(child, here)),
    [ATTRIBUTES]: Object.fromEntries(attributes),
  }
}

/** The element as text, indented, ending in a line end. XmlError where XML cannot carry a value. */
export function printXml(root: Element): string {
  return `${builder.build([toBuilder(root, '')]).trimStart()}\n`
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  textNodeName: TEXT,
  cdataPropName: CDATA,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // References are decoded below: the parser leaves numeric ones as they stand.
  processEntities: false,
})

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function decoded(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6});|#([0-9]{1,7});|(\w+);)?/gi, (reference, hex, decimal, name) => {
    if (name !== undefined && PREDEFINED[name] !== undefined) return PREDEFINED[name]
    const code = hex !== undefined ? parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : -1
    if (code < 0 || code > 0x10ffff) throw new XmlError(`unknown reference ${reference}`)
    return String.fromCodePoint(code)
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isElement(content: Content | null): content is Element {
  return content !== null && typeof content !== 'string'
}

function fromParser(node: unknown): Content | null {
  if (!isRecord(node)) return null
  if (typeof node[TEXT] === 'string') return node[TEXT].trim() === '' ? null : decoded(node[TEXT])
  const [name, children] = Object.entries(node).find(([key]) => key !== ATTRIBUTES) ?? ['', []]
  const below = Array.isArray(children) ? children : []
  if (name === CDATA) return below.map((part) => (isRecord(part) ? String(part[TEXT] ?? '') : '')).join('')
  const attributes = isRecord(node[ATTRIBUTES]) ? node[ATTRIBUTES] : {}
  return {
    name,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [key, decoded(String(value))]),
    ),
    children: below.map(fromParser).filter((child) => child !== null),
  }
}

/**
 * Reads one document; comments, processing instructions and white space between elements are dropped. XmlError for
 * what is not well-formed, and for a document type declaration: neither libvirt nor a template has use for one.
 */
export function parseXml(document: string): Element {
  // XML 1.0, 2.11: line ends.
  const text = document.replace(/\r\n?/g, '\n')
  if (/<!DOCTYPE/i.test(text)) throw new XmlError('a document type declaration is not accepted')
  const verdict = XMLValidator.validate(text)
  if (verdict !== true) throw new XmlError(`${verdict.err.msg} (line ${verdict.err.line})`)
  const roots = parsed(text).map(fromParser).filter(isElement)
  const [root] = roots
  if (root === undefined || roots.length > 1)
    throw new XmlError('there must be exactly one outermost element')
  return root
}

function parsed(text: string): readonly unknown[] {
  try {
    const nodes: unknown = parser.parse(text)
    return Array.isArray(nodes) ? nodes : []
  } catch (cause) {
    // The parser refuses names such as __proto__ and nesting beyond its limit.
    throw new XmlError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
