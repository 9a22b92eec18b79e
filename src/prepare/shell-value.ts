/** What the value of an assignment comes to, as far as the file tells, and how words in it change without touching the rest. Pure. */

/** Stands for what only a shell could tell: the output of a command, a variable from elsewhere with an operator. */
export const UNKNOWN = '\u0000'

/** The value without its quotes, variables replaced by what `known` knows. */
export function expand(raw: string, known: (name: string) => string | undefined): string {
  let out = ''
  let inDouble = false
  for (let at = 0; at < raw.length; ) {
    const char = raw[at] ?? ''
    if (char === '"') {
      inDouble = !inDouble
      at += 1
    } else if (char === "'" && !inDouble) {
      const end = raw.indexOf("'", at + 1)
      out += raw.slice(at + 1, end)
      at = end + 1
    } else if (char === '\\') {
      const next = raw[at + 1] ?? ''
      out += next === '\n' ? '' : inDouble && !/["\\$`]/.test(next) ? `\\${next}` : next
      at += 2
    } else if (char === '$' || char === '`') {
      const { length, value } = expansion(raw.slice(at), known)
      out += value
      at += length
    } else {
      out += char
      at += 1
    }
  }
  return out
}

function expansion(rest: string, known: (name: string) => string | undefined) {
  const [plain, braced, bare] = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/.exec(rest) ?? []
  const name = braced ?? bare
  if (plain !== undefined && name !== undefined)
    return { length: plain.length, value: known(name) ?? UNKNOWN }
  if (rest.startsWith('`')) return { length: backquoteLength(rest), value: UNKNOWN }
  if (/^\$[({]/.test(rest)) return { length: nestedLength(rest), value: UNKNOWN }
  return { length: 1, value: '$' }
}

function backquoteLength(rest: string): number {
  return (/^`(?:\\[\s\S]|[^\\`])*`/.exec(rest)?.[0] ?? rest).length
}

/** The file's quotes and brackets are known to be balanced. */
function nestedLength(rest: string): number {
  const [open, close] = rest[1] === '(' ? ['(', ')'] : ['{', '}']
  let depth = 0
  for (let at = 1; at < rest.length; at += 1) {
    if (rest[at] === open) depth += 1
    else if (rest[at] === close && --depth === 0) return at + 1
  }
  return rest.length
}

/** Marks where a word was taken out from behind a quote, until the blanks behind it are gone too. */
const GAP = '\u0002'

/** Each word of the value that is plain text goes through `change`; null takes it out. Quotes and everything else stay. */
export function changeWords(raw: string, change: (word: string) => string | null): string {
  return raw
    .replace(
      /(^|["']|[ \t\r\n]+)([A-Za-z][^ \t\r\n"'\\$`]*)(?=["' \t\r\n]|$)/g,
      (all: string, before: string, word: string) => {
        const changed = change(word)
        if (changed !== null) return changed === word ? all : `${before}${changed}`
        return /^[ \t\r\n]/.test(before) ? '' : `${before}${GAP}`
      },
    )
    .replace(new RegExp(`${GAP}[ \\t\\r\\n]*`, 'g'), '')
}

/** The value with words behind what it says: inside its last quotes where it ends with quotes, else in quotes of their own. */
export function appendWords(raw: string, words: readonly string[]): string {
  const added = words.join(' ')
  if (raw === '' || raw === '""' || raw === "''") return `"${added}"`
  const quote = raw.at(-1)
  if (quote === '"' && endsInside(raw, '"')) return `${spaced(raw.slice(0, -1))}${added}"`
  if (quote === "'" && endsInside(raw, "'")) return `${spaced(raw.slice(0, -1))}${added}'`
  return /^[\w.,=:/-]+$/.test(raw) ? `"${raw} ${added}"` : `${raw}" ${added}"`
}

const spaced = (text: string): string => (/[ \t\r\n]$/.test(text) ? text : `${text} `)

/** Whether the last character closes quotes of this kind that were opened in this value, rather than being text. */
function endsInside(raw: string, quote: '"' | "'"): boolean {
  let open: string | null = null
  for (let at = 0; at < raw.length - 1; at += 1) {
    const char = raw[at]
    if (char === '\\' && open !== "'") at += 1
    else if (open === null && (char === '"' || char === "'")) open = char
    else if (char === open) open = null
  }
  return open === quote
}
