/** Shell globs as requirements use them: `*`, `?`, `[abc]`, `[a-z]`, `[!a]`; everything else stands for itself. */

/** A test for the whole text against a pattern; a bracket that is not closed stands for itself (POSIX 2.13). */
export function compileGlob(pattern: string): (text: string) => boolean {
  if (!/[*?[]/.test(pattern)) return (text) => text === pattern
  const regExp = toRegExp(pattern)
  return (text) => regExp.test(text)
}

function toRegExp(pattern: string): RegExp {
  const pieces = pattern.match(/\*+|\?|\[[!^]?\]?[^\]]*\]|./gsu) ?? []
  return new RegExp(`^${pieces.map(piece).join('')}$`, 'su')
}

function piece(text: string): string {
  if (text.startsWith('*')) return '.*'
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
