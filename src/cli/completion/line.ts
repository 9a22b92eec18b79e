/** The hidden call that shells make for completion, and the line that bash hands over as it was typed. */

/** `berth __complete WORD...`: the words after the program's name, the last one being typed. */
export const COMPLETE = '__complete'

/**
 * `__complete --line 'berth vm show 3b:0'` becomes its words: bash cuts them at `:` and `=`, so it gives the whole line, up to
 * the cursor. Anything else stays.
 */
export function completionWords(argv: readonly string[]): readonly string[] {
  const [call, option, line] = argv
  if (call !== COMPLETE || option !== '--line' || line === undefined) return argv
  return [COMPLETE, ...shellWords(line).slice(1)]
}

const PART = /\\(.?)|'([^']*)'?|"((?:[^"\\]|\\.)*)"?|[^\s\\'"]+/gsy

/** Words as a shell takes them apart, a quote that is still open ending with the line; the last one is '' after a blank. */
export function shellWords(line: string): readonly string[] {
  const words: string[] = []
  let word: string | null = null
  for (let at = 0; at < line.length; at = PART.lastIndex) {
    PART.lastIndex = at
    const match = PART.exec(line)
    if (match === null) {
      if (word !== null) words.push(word)
      word = null
      PART.lastIndex = at + 1
      continue
    }
    const [plain, escaped, single, double] = match
    word = (word ?? '') + (escaped ?? single ?? double?.replace(/\\([\\"$`])/g, '$1') ?? plain)
  }
  return [...words, word ?? '']
}
