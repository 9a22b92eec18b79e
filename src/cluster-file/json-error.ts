/** Where a text stops being JSON: JSON.parse only sometimes says (RFC 8259). */

const BLANKS = /[ \t\r\n]*/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings cannot hold them as they are
const STRING = /"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Offset (UTF-16 units) of the first thing that cannot stand where it stands; text.length where the text ends too early. */
export function jsonErrorOffset(text: string): number {
  const open: ('{' | '[')[] = []
  let offset = 0
  let expected: 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'more' = 'value'
  for (;;) {
    offset = skip(text, BLANKS, offset) ?? offset
    const char = text[offset]
    const inside = open.at(-1)
    const closing = char === (inside === '{' ? '}' : ']') && inside !== undefined
    if (expected === 'more' && inside === undefined) return offset
    if (closing && (expected === 'more' || expected === 'value-or-end' || expected === 'key-or-end')) {
      open.pop()
      offset += 1
      expected = 'more'
    } else if (expected === 'more') {
      if (char !== ',') return offset
      offset += 1
      expected = inside === '{' ? 'key' : 'value'
    } else if (expected === 'key' || expected === 'key-or-end') {
      const key = skip(text, STRING, offset)
      if (key === null) return offset
      offset = skip(text, BLANKS, key) ?? key
      if (text[offset] !== ':') return offset
      offset += 1
      expected = 'value'
    } else if (char === '{' || char === '[') {
      open.push(char)
      offset += 1
      expected = char === '{' ? 'key-or-end' : 'value-or-end'
    } else {
      const end = skip(text, char === '"' ? STRING : LITERAL, offset)
      if (end === null) return offset
      offset = end
      expected = 'more'
    }
  }
}

function skip(text: string, pattern: RegExp, offset: number): number | null {
  pattern.lastIndex = offset
  return pattern.test(text) ? pattern.lastIndex : null
}
