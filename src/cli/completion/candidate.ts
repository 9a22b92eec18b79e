/** What can stand where the cursor is. */
import { printable } from '../text/printable.ts'

export interface Candidate {
  readonly value: string
  /** Shown beside it by shells that can. */
  readonly about: string
}

/** `files` = the shell knows better. */
export type Candidates = readonly Candidate[] | 'files'

/** Names that would steer a terminal, or be taken for an option, are not offered: their ids are there. */
export const isOfferable = (value: string): boolean =>
  value !== '' && !value.startsWith('-') && printable(value) === value

export const plain = (values: readonly string[]): readonly Candidate[] =>
  values.map((value) => ({ value, about: '' }))

/** The last of several that are separated by commas: what stands before it stays. */
export function afterComma(current: string, values: readonly string[]): readonly Candidate[] {
  const before = current.slice(0, current.lastIndexOf(',') + 1)
  return plain(values.map((value) => `${before}${value}`))
}
