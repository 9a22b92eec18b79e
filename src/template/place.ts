/** Where in a template's text something can be written or taken out so that all the rest stays as it was written. */
import type { Attribute } from './tree.ts'

/** The rest of a line on which nothing but a comment follows, with the line's end. */
const REST_OF_LINE = /[ \t\r]*(?:#[^\n]*)?(?:\n|$)/y
const BLANK_REST = /[ \t\r]*(?:\n|$)/y

export const endOf = ({ start, source }: Attribute): number => start + source.length

/** Where `pattern` (sticky), tried at an offset, ends; null = it does not match there. */
export function after(text: string, pattern: RegExp, offset: number): number | null {
  pattern.lastIndex = offset
  return pattern.test(text) ? pattern.lastIndex : null
}

export const replaced = (text: string, start: number, end: number, by: string): string =>
  text.slice(0, start) + by + text.slice(end)

/** As the text's own lines end. */
export const lineEndOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n')

/** A line of its own behind what ends at `end`; comments on that line stay with it. */
export function insertLine(text: string, end: number, line: string): string {
  const rest = after(text, REST_OF_LINE, end) ?? end
  const lineEnd = lineEndOf(text)
  const broken = rest === 0 || text[rest - 1] === '\n' ? '' : lineEnd
  return replaced(text, rest, rest, `${broken}${line}${lineEnd}`)
}

/** Without the attribute, and without its line where nothing else stands on it. Comments stay. */
export function withoutAttribute(text: string, attribute: Attribute): string {
  const end = endOf(attribute)
  const line = lineStart(text, attribute.start)
  const rest = after(text, BLANK_REST, end)
  const alone = rest !== null && text.slice(line, attribute.start).trim() === ''
  return alone ? replaced(text, line, rest, '') : replaced(text, attribute.start, end, '')
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1

export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * An attribute on lines of its own with the comments that are about it: those directly above, and the one behind it. Null = it shares a
 * line with another attribute.
 */
export function ownLines(text: string, attribute: Attribute): Span | null {
  const { start, before } = attribute
  const end = endOf(attribute)
  const rest = after(text, REST_OF_LINE, end)
  if (rest === null || text.slice(lineStart(text, start), start).trim() !== '') return null
  const above = /\n((?:[ \t]*#[^\n]*\n)*[ \t]*)$/.exec(before)?.[1] ?? ''
  return { start: start - above.length, end: text[rest - 1] === '\n' ? rest - 1 : rest }
}
