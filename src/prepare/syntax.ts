/** A configuration file that cannot be understood: refused with its name and line, never guessed at. */
import { InvalidInput } from '../model/errors.ts'

/** 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** `what` says what is wrong there, as a clause. */
export function notUnderstood(file: string, line: number, what: string): InvalidInput {
  return new InvalidInput(
    'config-file-syntax',
    `${file}, line ${line}: ${what}. Nothing was changed; mend the line, or make the change by hand.`,
    { file, line },
  )
}
