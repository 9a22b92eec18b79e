/** SCHED_REQUIREMENTS and SCHED_RANK: text -> the trees of model/expression.ts (OpenNebula's src/parsers: expr_parser.l, expr_bool.y, expr_arith.y). */
import { InvalidInput } from '../model/errors.ts'
import type { AttributeValue, ComparisonOperator, Rank, Requirement } from '../model/expression.ts'
import { type Token, tokenize } from './token.ts'

/** Deeper parentheses and `!` than this are refused: they are generated, not written. */
const MAX_DEPTH = 200

interface Reader {
  readonly text: string
  readonly tokens: readonly Token[]
  next: number
  depth: number
}

/**
 * Reads a requirement; empty text = null, no requirement. `&` and `|` bind alike, from left to right (`a | b & c` is
 * `(a | b) & c`), `!` binds tightest, as in OpenNebula. Throws InvalidInput `expression-syntax` with the column.
 */
export function parseRequirement(text: string): Requirement | null {
  return parseWhole(text, readRequirement)
}

/** Reads a rank; empty text = null. `* /` before `+ -`, from left to right, unary minus. Throws like parseRequirement. */
export function parseRank(text: string): Rank | null {
  return parseWhole(text, readSum)
}

function parseWhole<T>(text: string, read: (reader: Reader) => T): T | null {
  const reader: Reader = { text, tokens: tokenize(text), next: 0, depth: 0 }
  if (reader.tokens.length === 0) return null
  const result = read(reader)
  if (reader.next < reader.tokens.length) throw unexpected(reader, 'an operator or the end')
  return result
}

function readRequirement(reader: Reader): Requirement {
  let left = readTerm(reader)
  for (;;) {
    if (accept(reader, '&')) left = { type: 'and', left, right: readTerm(reader) }
    else if (accept(reader, '|')) left = { type: 'or', left, right: readTerm(reader) }
    else return left
  }
}

function readTerm(reader: Reader): Requirement {
  if (accept(reader, '!')) return { type: 'not', operand: nested(reader, readTerm) }
  if (accept(reader, '(')) {
    const inner = nested(reader, readRequirement)
    expect(reader, ')')
    return inner
  }
  const attribute = reader.tokens[reader.next]
  if (attribute?.type !== 'word' && attribute?.type !== 'string')
    throw unexpected(reader, 'a host attribute, "!" or "("')
  reader.next += 1
  const operator = readOperator(reader)
  return { type: 'comparison', attribute: attribute.value, operator, value: readConstant(reader) }
}

function readOperator(reader: Reader): ComparisonOperator {
  if (accept(reader, '=')) return '='
  if (accept(reader, '>')) return '>'
  if (accept(reader, '<')) return '<'
  const two = accept(reader, '!') ? '!=' : accept(reader, '@') ? '@>' : null
  if (two === null) throw unexpected(reader, '"=", "!=", ">", "<" or "@>"')
  expect(reader, two === '!=' ? '=' : '>')
  return two
}

function readConstant(reader: Reader): AttributeValue {
  const negative = accept(reader, '-')
  const token = reader.tokens[reader.next]
  if (token?.type === 'number') {
    reader.next += 1
    return negative ? -token.value : token.value
  }
  if (negative || (token?.type !== 'word' && token?.type !== 'string'))
    throw unexpected(reader, 'a number or a string (in quotes unless it is one word)')
  reader.next += 1
  return token.value
}

function readSum(reader: Reader): Rank {
  let left = readProduct(reader)
  for (;;) {
    if (accept(reader, '+')) left = { type: '+', left, right: readProduct(reader) }
    else if (accept(reader, '-')) left = { type: '-', left, right: readProduct(reader) }
    else return left
  }
}

function readProduct(reader: Reader): Rank {
  let left = readFactor(reader)
  for (;;) {
    if (accept(reader, '*')) left = { type: '*', left, right: readFactor(reader) }
    else if (accept(reader, '/')) left = { type: '/', left, right: readFactor(reader) }
    else return left
  }
}

function readFactor(reader: Reader): Rank {
  if (accept(reader, '-')) return { type: 'negate', operand: nested(reader, readFactor) }
  if (accept(reader, '(')) {
    const inner = nested(reader, readSum)
    expect(reader, ')')
    return inner
  }
  const token = reader.tokens[reader.next]
  if (token === undefined || token.type === 'symbol')
    throw unexpected(reader, 'a number, a host attribute, "-" or "("')
  reader.next += 1
  return token.type === 'number'
    ? { type: 'number', value: token.value }
    : { type: 'attribute', name: token.value }
}

function nested<T>(reader: Reader, read: (reader: Reader) => T): T {
  reader.depth += 1
  if (reader.depth > MAX_DEPTH) throw unexpected(reader, `at most ${MAX_DEPTH} levels of "(" and "!"`)
  const result = read(reader)
  reader.depth -= 1
  return result
}

function accept(reader: Reader, symbol: string): boolean {
  const token = reader.tokens[reader.next]
  if (token?.type !== 'symbol' || token.value !== symbol) return false
  reader.next += 1
  return true
}

function expect(reader: Reader, symbol: string): void {
  if (!accept(reader, symbol)) throw unexpected(reader, `"${symbol}"`)
}

function unexpected(reader: Reader, expected: string): InvalidInput {
  const token = reader.tokens[reader.next]
  const column = (token?.offset ?? reader.text.trimEnd().length) + 1
  const found = token === undefined ? 'the end' : `"${token.value}"`
  return new InvalidInput('expression-syntax', `column ${column}: expected ${expected}, found ${found}`, {
    column,
    expected,
  })
}
