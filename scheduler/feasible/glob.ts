/** Shell globs as requirements use them: `*`, `?`, `[abc]`, `[a-z]`, `[!a]`; everything else stands for itself. */

/** A test for the whole text against a pattern; a bracket that is not closed stands for itself (POSIX 2.13). */
export function compileGlob(pattern: string): (text: string) => boolean {
  if (!/[*?[]/.test(pattern)) return (text) => text === pattern
  const [first = '', ...later] = runs(pattern)
  const last = later.pop()
  if (last === undefined) return matcher([new RegExp(`${first}$`, 'suy')])
  return matcher([
    new RegExp(first, 'suy'),
    ...later.map((run) => new RegExp(run, 'sug')),
    new RegExp(`${last}$`, 'sug'),
  ])
}

/**
 * Each run where it first occurs behind the one before. All texts that a run fits are equally long, so no later place could do
 * better, and no pattern, however many stars it has, costs more than the text's length times its own.
 */
function matcher(inOrder: readonly RegExp[]): (text: string) => boolean {
  return (text) => {
    let offset = 0
    return inOrder.every((run) => {
      run.lastIndex = offset
      const found = run.test(text)
      offset = run.lastIndex
      return found
    })
  }
}

/** What stands before, between and behind the stars, as regular expressions. */
function runs(pattern: string): readonly string[] {
  const found: string[] = []
  let run = ''
  for (const text of pattern.match(/\*+|\?|\[[!^]?\]?[^\]]*\]|./gsu) ?? []) {
    if (!text.startsWith('*')) {
      run += piece(text)
      continue
    }
    found.push(run)
    run = ''
  }
  return [...found, run]
}

function piece(text: string): string {
  if (text === '?') return '.'
  const bracket = /^\[([!^]?)(.+)\]$/su.exec(text)
  if (bracket === null) return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
  const [, negated = '', members = ''] = bracket
  return `[${negated === '' ? '' : '^'}${ranges(members)}]`
}

/** Members of a bracket, escaped; a range that runs backwards holds nothing, so it is left out. */
function ranges(members: string): string {
  const pieces = members.match(/.-.|./gsu) ?? []
  return pieces
    .filter((p) => p.length < 3 || (p.codePointAt(0) ?? 0) <= (p.codePointAt(p.length - 1) ?? 0))
    .map((p) => p.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&').replace(/^-$/u, '\\-'))
    .join('')
}
