/** Splits a shell file (/etc/default/grub, dracut.conf) into words and operators with their places; expands nothing. Pure. */
import { lineAt, notUnderstood, refuseFalseBlank } from './syntax.ts'

export interface Token {
  readonly kind: 'word' | 'operator' | 'newline'
  /** As it stands in the file, quotes included. */
  readonly raw: string
  readonly start: number
  readonly end: number
}

const OPERATOR = /[;&|()<>]/y

/**
 * POSIX shell, 2.3 Token Recognition; a carriage return counts as a blank. InvalidInput `config-file-syntax` for a quote or
 * expansion that does not end, for here-documents, and for words with characters that only look like blanks.
 */
export function shellTokens(file: string, text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const push = (kind: Token['kind'], end: number) => {
    tokens.push({ kind, raw: text.slice(at, end), start: at, end })
    at = end
  }
  while (at < text.length) {
    const char = text[at]
    if (char === '\n') push('newline', at + 1)
    else if (char === ' ' || char === '\t' || char === '\r') at += 1
    else if (text.startsWith('\\\n', at)) at += 2
    else if (char === '#') at = endOfLine(text, at)
    else if (text.startsWith('<<', at))
      throw notUnderstood(file, lineAt(text, at), 'a here-document, which Berth does not read')
    else if (matches(OPERATOR, text, at)) push('operator', operatorEnd(text, at))
    else push('word', wordEnd(file, text, at))
  }
  return tokens
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

function operatorEnd(text: string, at: number): number {
  const two = text.slice(at, at + 2)
  return at + (['&&', '||', ';;', '>>', '>&'].includes(two) ? 2 : 1)
}

function wordEnd(file: string, text: string, start: number): number {
  let at = start
  while (at < text.length && !/[ \t\r\n;&|()<>]/.test(text[at] ?? '')) {
    refuseFalseBlank(file, lineAt(text, at), text[at] ?? '')
    at = partEnd(file, text, at)
  }
  return at
}

/** Behind one character, quotation or expansion. */
function partEnd(file: string, text: string, at: number): number {
  switch (text[at]) {
    case '\\':
      return Math.min(at + 2, text.length)
    case "'":
      return closing(file, text, at, "'")
    case '`':
      return closing(file, text, at, '`')
    case '"':
      return doubleQuoteEnd(file, text, at)
    case '$':
      return expansionEnd(file, text, at)
    default:
      return at + 1
  }
}

function closing(file: string, text: string, at: number, quote: "'" | '`'): number {
  let end = at + 1
  while (end < text.length && text[end] !== quote) end += quote === '`' && text[end] === '\\' ? 2 : 1
  if (end >= text.length)
    throw notUnderstood(file, lineAt(text, at), `a quotation that begins with ${quote} and does not end`)
  return end + 1
}

function doubleQuoteEnd(file: string, text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at = text[at] === "'" ? at + 1 : partEnd(file, text, at)
  if (at >= text.length)
    throw notUnderstood(file, lineAt(text, start), 'a quotation that begins with " and does not end')
  return at + 1
}

/** `$(...)` and `${...}` with what is nested in them; `$NAME` is left to the caller's next steps. */
function expansionEnd(file: string, text: string, start: number): number {
  const open = text[start + 1]
  const close = open === '(' ? ')' : open === '{' ? '}' : null
  if (close === null) return start + 1
  let at = start + 2
  let depth = 1
  while (at < text.length) {
    if (text[at] === open) depth += 1
    else if (text[at] === close && --depth === 0) return at + 1
    at = partEnd(file, text, at)
  }
  throw notUnderstood(file, lineAt(text, start), `an expansion that begins with $${open} and does not end`)
}
