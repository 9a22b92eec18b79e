/** `:device_name:` holds Ruby's regular expressions (Onigmo): what JavaScript writes otherwise is written its way. Pure. */

const ANCHORS: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  Z: '$',
  h: '[0-9a-fA-F]',
  H: '[^0-9a-fA-F]',
}

/** POSIX bracket expressions, as they stand inside of a class. */
const BRACKETS: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  xdigit: '0-9a-fA-F',
  word: '\\w',
  punct: '!-\\/:-@\\[-`{-~',
}

/** The same expression in JavaScript's syntax; what is the same in both, and what is wrong in both, is left as it is. */
export function ofRubyPattern(text: string): string {
  return text.replace(/\\([\s\S])|\[:(\w+):\]/g, (whole, escaped?: string, bracket?: string) =>
    bracket === undefined ? (ANCHORS[escaped ?? ''] ?? whole) : (BRACKETS[bracket] ?? whole),
  )
}
