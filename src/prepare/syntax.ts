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

/** Part of a word to a shell and to the kernel: a no-break space, a byte order mark, a form feed. */
const FALSE_BLANK = /[^\S \t\r\n]/

/** InvalidInput `config-file-syntax` where the text has a character that only looks like a blank. */
export function refuseFalseBlank(file: string, line: number, text: string): void {
  const code = FALSE_BLANK.exec(text)?.[0].codePointAt(0)
  if (code === undefined) return
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  throw notUnderstood(file, line, `a character ${name}, which looks like a blank and is part of a word`)
}
