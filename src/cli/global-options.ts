/** Options that any command takes and that say where it goes: read by main.ts before any command is parsed. */

export interface GlobalOptions {
  readonly db: string | null
  readonly server: string | null
  readonly context: string | null
  readonly tokenFile: string | null
  readonly fingerprint: string | null
}

const WORDS: Readonly<Record<keyof GlobalOptions, string>> = {
  db: '--db',
  server: '--server',
  context: '--context',
  tokenFile: '--token-file',
  fingerprint: '--fingerprint',
}

const BEFORE_A_VALUE: ReadonlySet<string | undefined> = new Set(Object.values(WORDS))

/** Options that lead away from this machine. */
export const ELSEWHERE = [WORDS.server, WORDS.context, WORDS.tokenFile, WORDS.fingerprint] as const

/** Before any `--`. */
function optionWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

/** `--db URL` or `--db=URL`: the last one given; null = not given, or without a value, which the parser refuses. */
function optionValue(words: readonly string[], option: string): string | null {
  let value: string | null = null
  words.forEach((word, index) => {
    if (word === option) value = words[index + 1] ?? value
    else if (word.startsWith(`${option}=`)) value = word.slice(option.length + 1)
  })
  return value
}

export function globalOptions(argv: readonly string[]): GlobalOptions {
  const words = optionWords(argv)
  return {
    db: optionValue(words, WORDS.db),
    server: optionValue(words, WORDS.server),
    context: optionValue(words, WORDS.context),
    tokenFile: optionValue(words, WORDS.tokenFile),
    fingerprint: optionValue(words, WORDS.fingerprint),
  }
}

/** The first option in the arguments that would lead to another machine; null = none. */
export function elsewhereOption(argv: readonly string[]): string | null {
  const words = optionWords(argv)
  return (
    ELSEWHERE.find((option) => words.some((word) => word === option || word.startsWith(`${option}=`))) ?? null
  )
}

/** Where the command's name stands in the arguments; -1 = there is none. */
export function commandIndex(argv: readonly string[]): number {
  return argv.findIndex((word, index) => !word.startsWith('-') && !BEFORE_A_VALUE.has(argv[index - 1]))
}
