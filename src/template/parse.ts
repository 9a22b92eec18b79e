/** Template text -> tree, in OpenNebula's syntax (its src/parsers/template_parser.l and template_syntax.y). */
import { invalidAt } from './position.ts'
import type { Attribute, Pair, TemplateTree } from './tree.ts'

const TRIVIA = /(?:[ \t\r\n]|#[^\n]*)*/y
const NAME = /[A-Za-z0-9_]+/y
const EQUAL = /[ \t\r\n]*=[ \t\r]*/y
/** A backslash escapes a quote and nothing else. */
const QUOTED = /"(?:[^"\\]|\\"|\\)*"/y
const BARE = /[^=#\s,[\]]+/y
/** What neither OpenNebula's XML nor libvirt's can carry (XML 1.0, 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f]/

interface Cursor {
  readonly text: string
  offset: number
}

/**
 * Reads a template: `A = v`, `A = "v"` (`\"` inside is a quote, line ends are kept), `A = [ K = "v", L = w ]`, `#` comments to
 * the line's end, repeated attributes, empty values. Names become upper case. Attributes need no line of their own.
 * Throws InvalidInput `template-syntax`, which names line, column and what was expected.
 */
export function parseTemplate(text: string): TemplateTree {
  const control = CONTROL.exec(text)
  if (control) throw syntaxError({ text, offset: control.index }, 'text without control characters')
  const cursor: Cursor = { text, offset: 0 }
  const attributes: Attribute[] = []
  for (;;) {
    const before = take(cursor, TRIVIA) ?? ''
    if (cursor.offset === text.length) return { text, attributes, after: before }
    attributes.push(readAttribute(cursor, before))
  }
}

function readAttribute(cursor: Cursor, before: string): Attribute {
  const start = cursor.offset
  const name = readName(cursor)
  const offset = cursor.offset
  if (cursor.text[offset] === '[') {
    const pairs = readPairs(cursor, name)
    return {
      kind: 'vector',
      name,
      start,
      offset,
      before,
      source: cursor.text.slice(start, cursor.offset),
      pairs,
    }
  }
  const value = readValue(cursor)
  return {
    kind: 'single',
    name,
    start,
    offset,
    before,
    source: cursor.text.slice(start, cursor.offset),
    value,
  }
}

/** `NAME =` */
function readName(cursor: Cursor): string {
  const name = take(cursor, NAME)
  if (name === null) throw syntaxError(cursor, 'an attribute name')
  if (take(cursor, EQUAL) === null)
    throw syntaxError(cursor, `"=" after ${name} (a value with blanks in it needs quotes)`)
  return name.toUpperCase()
}

function readPairs(cursor: Cursor, vector: string): Pair[] {
  const open = cursor.offset
  const pairs: Pair[] = []
  cursor.offset += 1
  take(cursor, TRIVIA)
  while (cursor.text[cursor.offset] !== ']' || pairs.length > 0) {
    if (cursor.offset === cursor.text.length) throw notClosed(cursor, open, vector)
    const start = cursor.offset
    const name = readName(cursor)
    const offset = cursor.offset
    const value = readValue(cursor)
    pairs.push({ name, value, start, offset, end: cursor.offset })
    take(cursor, TRIVIA)
    if (cursor.text[cursor.offset] === ']') break
    if (cursor.offset === cursor.text.length) throw notClosed(cursor, open, vector)
    if (cursor.text[cursor.offset] !== ',')
      throw syntaxError(cursor, `"," or "]" after ${name} (a value with blanks in it needs quotes)`)
    cursor.offset += 1
    take(cursor, TRIVIA)
  }
  cursor.offset += 1
  return pairs
}

/** A quoted or bare value; nothing before the line's end, a comment, `,` or `]` is the empty value. */
function readValue(cursor: Cursor): string {
  const first = cursor.text[cursor.offset]
  if (first === '"') return readQuoted(cursor)
  if (first === '=' || first === '[') throw syntaxError(cursor, 'a value')
  return take(cursor, BARE) ?? ''
}

function readQuoted(cursor: Cursor): string {
  const quoted = take(cursor, QUOTED)
  if (quoted === null) throw syntaxError(cursor, 'a closing quote for the one that opens here')
  if (take(cursor, BARE) !== null)
    throw syntaxError(cursor, 'a blank, a line end, "," or "]" after the closing quote')
  return quoted.slice(1, -1).replaceAll('\\"', '"')
}

/** The text that matches at the cursor, which moves behind it; null = none. */
function take(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.offset
  const match = pattern.exec(cursor.text)
  if (!match) return null
  cursor.offset = pattern.lastIndex
  return match[0]
}

function notClosed(cursor: Cursor, open: number, vector: string) {
  return invalidAt(
    'template-syntax',
    cursor.text,
    open,
    `the "[" of ${vector} is never closed: expected "]"`,
    {
      expected: '"]"',
    },
  )
}

function syntaxError(cursor: Cursor, expected: string) {
  const rest = cursor.text.slice(cursor.offset, cursor.offset + 12).split('\n')[0] ?? ''
  const found =
    rest === '' ? (cursor.offset >= cursor.text.length ? 'the end' : 'a line end') : JSON.stringify(rest)
  return invalidAt('template-syntax', cursor.text, cursor.offset, `expected ${expected}, found ${found}`, {
    expected,
  })
}
