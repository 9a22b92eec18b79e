/** Files that are lists of lines (modprobe.d, modules-load.d, limits.d): lines are added, others stay. Pure. */

/** First line of a file that Berth makes. */
export const HEADER = '# Written by "berth prepare"; "berth prepare --undo" takes it back.'

/** The text with the line at its end; the same where `text` has it. A new file starts with the header. */
export function withLine(text: string | null, line: string): string {
  const before = text ?? `${HEADER}\n`
  if (before.split('\n').some((present) => present.trim() === line)) return before
  return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`
}

/** The text with this line instead of the one that `isOld`; at its end where there is none. */
export function withLineFor(text: string | null, line: string, isOld: (line: string) => boolean): string {
  const lines = (text ?? '').split('\n')
  const at = lines.findIndex(isOld)
  if (at < 0) return withLine(text, line)
  lines[at] = line
  return lines.join('\n')
}
