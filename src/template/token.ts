/** The words of an expression: attributes, strings, numbers and operators (OpenNebula's src/parsers/expr_parser.l). */
import { InvalidInput } from '../model/errors.ts'

export type Token = { readonly offset: number } & (
  | { readonly type: 'symbol' | 'word' | 'string'; readonly value: string }
  | { readonly type: 'number'; readonly value: number }
)

/** More than anybody writes by hand; keeps the tree's depth bounded. */
const MAX_TOKENS = 4096

const BLANKS = /\s*/y
/** A quoted string has no escapes; a word begins with a letter. */
const TOKEN = /"([^"]*)"|([A-Za-z_][0-9A-Za-z_]*)|([0-9]+(?:\.[0-9]+)?)(?![0-9A-Za-z_.])|([@!&|=><()*+/-])/y

/** The tokens of an expression, offsets in UTF-16 units from 0. Throws InvalidInput `expression-syntax`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let offset = skipBlanks(text, 0)
  while (offset < text.length) {
    TOKEN.lastIndex = offset
    const match = TOKEN.exec(text)
    if (!match) throw unreadable(text, offset)
    if (tokens.length === MAX_TOKENS)
      throw unreadable(text, offset, `at most ${MAX_TOKENS} words and operators`)
    tokens.push(tokenOf(match, offset))
    offset = skipBlanks(text, TOKEN.lastIndex)
  }
  return tokens
}

function tokenOf(match: RegExpExecArray, offset: number): Token {
  const [, string, word, number, symbol = ''] = match
  if (string !== undefined) return { type: 'string', value: string, offset }
  if (word !== undefined) return { type: 'word', value: word, offset }
  if (number !== undefined) return { type: 'number', value: Number(number), offset }
  return { type: 'symbol', value: symbol, offset }
}

function skipBlanks(text: string, offset: number): number {
  BLANKS.lastIndex = offset
  BLANKS.exec(text)
  return BLANKS.lastIndex
}

function unreadable(text: string, offset: number, expected?: string): InvalidInput {
  const wanted =
    expected ??
    (text[offset] === '"' ? 'a closing quote' : 'an attribute, a number, a quoted string or an operator')
  const found = JSON.stringify(text.slice(offset, offset + 8))
  return new InvalidInput('expression-syntax', `column ${offset + 1}: expected ${wanted}, found ${found}`, {
    column: offset + 1,
    expected: wanted,
  })
}
