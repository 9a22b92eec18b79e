/** A place in the text as what is marked and selected there. Pure. */
import type { Problem } from './form-text.ts'

export interface Mark {
  readonly start: number
  readonly end: number
}

/** Browsers hold line ends as \n; a text that came with \r\n goes back with them. */
export const withLineFeeds = (text: string): string => text.replaceAll('\r\n', '\n')

/** The word at the place; at least one character, unless it is the line's end. */
export function markAt(text: string, { line, column }: NonNullable<Problem['place']>): Mark {
  const before = text
    .split('\n')
    .slice(0, line - 1)
    .join('\n')
  const start = Math.min(text.length, (line === 1 ? 0 : before.length + 1) + column - 1)
  const word = /^(?:"(?:[^"\\\n]|\\.)*"?|[^\s,[\]=]+|[^\s])/.exec(text.slice(start))?.[0] ?? ''
  return { start, end: start + word.length }
}
