/** Places in a template's text, and the errors that name them. */
import { type Facts, InvalidInput } from '../model/errors.ts'

export interface Position {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}

/** An InvalidInput that begins with `line L, column C:`; its facts carry both. */
export function invalidAt(
  code: 'template-syntax' | 'template-invalid' | 'expression-syntax',
  text: string,
  offset: number,
  message: string,
  facts: Facts = {},
): InvalidInput {
  const { line, column } = positionAt(text, offset)
  return new InvalidInput(code, `line ${line}, column ${column}: ${message}`, { line, column, ...facts })
}
