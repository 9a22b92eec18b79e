/** Makes text from outside (device names, VM names, templates) safe to print: nothing in it can steer the terminal. */

/** Unicode's controls (C0, DEL, C1), line separators and the marks that turn the direction of writing. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** One line of text: white space controls become a space, other controls are left out. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => (/\s/u.test(character) ? ' ' : ''))
}

/** Several lines of text, each made printable. */
export function printableLines(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => printable(line.replaceAll('\t', '  ')))
    .join('\n')
}

/** A document as indented JSON, unsafe characters escaped: the same document, whatever prints it. */
export function jsonText(document: unknown): string {
  const text = JSON.stringify(document ?? null, null, 2)
  return text.replace(UNSAFE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
