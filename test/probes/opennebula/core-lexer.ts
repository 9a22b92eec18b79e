/** A model of the lexer that OpenNebula's core reads monitoring with: tokens by the longest match, values in double quotes. */

export interface Vector {
  readonly name: string
  readonly pairs: readonly (readonly [key: string, value: string])[]
}

/** The text's vector attributes (`NAME = [ KEY = "value", ... ]`); throws where the core would refuse the whole text. */
export function coreParse(text: string): readonly Vector[] {
  let rest = text
  const take = (pattern: RegExp): string => {
    const match = pattern.exec(rest)
    if (match?.index !== 0) throw new Error(`syntax error at ${JSON.stringify(rest.slice(0, 60))}`)
    rest = rest.slice(match[0].length)
    return match[1] ?? match[0]
  }
  const value = (): string => {
    // A line with the end of a CDATA section in it is a token of its own, and longer than any value.
    if (/^[^\n]*\]\]>/.test(rest)) throw new Error('end of CDATA')
    // \" continues a value, so that of two ends the later one counts.
    return take(/^"((?:\\"|[^"])*)"/)
  }
  const found: Vector[] = []
  rest = rest.replace(/^[ \t\n]+/, '')
  while (rest !== '') {
    const name = take(/^(\w+)[ \t]*=[ \t]*\[[ \t\n]*/)
    const pairs: [string, string][] = []
    do pairs.push([take(/^(\w+)[ \t]*=[ \t]*/), value()])
    while (/^[ \t\n]*,/.test(rest) && take(/^[ \t\n]*,[ \t\n]*/) !== '')
    take(/^[ \t\n]*\][ \t\n]*/)
    found.push({ name, pairs })
  }
  return found
}
