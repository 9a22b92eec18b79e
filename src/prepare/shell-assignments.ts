/** The assignments of a shell file, in order, and the places where one can't tell what they come to. Pure. */
import { shellTokens, type Token } from './shell-words.ts'
import { lineAt, notUnderstood } from './syntax.ts'

export interface Assignment {
  readonly file: string
  readonly name: string
  /** `NAME+=value` */
  readonly appends: boolean
  /** Place of the value in the text, quotes included. */
  readonly start: number
  readonly end: number
  readonly raw: string
  readonly line: number
  /** Below `if`, `&&`, in a function or subshell, or only for one command: it may not hold. */
  readonly conditional: boolean
}

const ASSIGNMENT = /^([A-Za-z_]\w*)(\+?)=/
const OPENING: ReadonlySet<string> = new Set(['if', 'case', 'while', 'until', 'for', '{'])
const CLOSING: ReadonlySet<string> = new Set(['fi', 'esac', 'done', '}'])
/** What stands behind one of these may not be run, or in a shell of its own. */
const CONDITIONS: ReadonlySet<string> = new Set(['&&', '||', '|'])
/** Reserved words that are followed by a command. */
const BETWEEN: ReadonlySet<string> = new Set(['then', 'else', 'elif', 'do', '!', 'in'])
const DECLARING: ReadonlySet<string> = new Set(['export', 'readonly', 'local', 'declare'])
/** What these do to variables stands nowhere in this file, or takes it back. */
const NOT_FOLLOWED: ReadonlySet<string> = new Set(['.', 'source', 'eval', 'unset'])

/** InvalidInput `config-file-syntax` for what shellTokens refuses, and for files that read others. */
export function shellAssignments(file: string, text: string): readonly Assignment[] {
  const found: Assignment[] = []
  let depth: string[] = []
  for (const { words, before, after } of commandsOf(shellTokens(file, text))) {
    const conditional = CONDITIONS.has(before) || after === '|' || after === '&'
    if (before === '(') depth = [...depth, '(']
    let rest = words
    while (rest[0] !== undefined && isReserved(rest[0].raw)) {
      if (OPENING.has(rest[0].raw)) depth = [...depth, rest[0].raw]
      if (CLOSING.has(rest[0].raw)) depth = depth.slice(0, -1)
      rest = rest.slice(1)
    }
    const [first] = rest
    if (first !== undefined && NOT_FOLLOWED.has(first.raw))
      throw notUnderstood(
        file,
        lineAt(text, first.start),
        `"${first.raw}" changes settings in a way that Berth does not follow`,
      )
    found.push(...assignmentsIn(file, text, rest, conditional || depth.length > 0))
    if (after === ')' && depth.at(-1) === '(') depth = depth.slice(0, -1)
  }
  return found
}

const isReserved = (word: string) => OPENING.has(word) || CLOSING.has(word) || BETWEEN.has(word)

interface SimpleCommand {
  readonly words: readonly Token[]
  /** The operator before and behind it. */
  readonly before: string
  readonly after: string
}

function commandsOf(tokens: readonly Token[]): readonly SimpleCommand[] {
  const commands: SimpleCommand[] = []
  let words: Token[] = []
  let before = '\n'
  for (const token of [...tokens, { kind: 'newline', raw: '\n', start: 0, end: 0 } as const]) {
    if (token.kind === 'word') {
      words.push(token)
      continue
    }
    // A line may end behind `&&`: the next one still hangs on it.
    if (token.kind === 'newline' && words.length === 0 && before !== '(') continue
    commands.push({ words, before, after: token.raw })
    words = []
    before = token.raw
  }
  return commands
}

function assignmentsIn(
  file: string,
  text: string,
  words: readonly Token[],
  conditional: boolean,
): readonly Assignment[] {
  const declaring = words[0] !== undefined && DECLARING.has(words[0].raw)
  const candidates = declaring ? words.slice(1) : words
  const end = candidates.findIndex(({ raw }) => !ASSIGNMENT.test(raw))
  const assigning = end < 0 || declaring ? candidates : candidates.slice(0, end)
  return assigning.flatMap((word) => {
    const [all, name, plus] = ASSIGNMENT.exec(word.raw) ?? []
    if (all === undefined || name === undefined) return []
    const start = word.start + all.length
    return {
      ...{ file, name, appends: plus === '+', start, end: word.end, raw: text.slice(start, word.end) },
      line: lineAt(text, word.start),
      conditional: conditional || (end >= 0 && !declaring),
    }
  })
}
