/** GRUB's settings (/etc/default/grub and its drop-ins, in the order that grub-mkconfig reads them): kernel parameters put where they take effect. Pure. */
import { changedWord, inEffect, type ParameterWish, stands, wordsOf } from './command-line.ts'
import { type Assignment, shellAssignments } from './shell-assignments.ts'
import { appendWords, changeWords, expand, UNKNOWN } from './shell-value.ts'
import { notUnderstood, refuseFalseBlank } from './syntax.ts'

export const GRUB_DEFAULTS = '/etc/default/grub'

export interface ShellFile {
  readonly path: string
  readonly text: string
}

/** Both are on the command line of a normal boot, LINUX first; LINUX alone on that of the recovery entries (grub.d/10_linux). */
const VARIABLES = ['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT'] as const
export type GrubVariable = (typeof VARIABLES)[number]

/**
 * The files with the wish fulfilled, in the same order; texts that need no change are the same. What is in effect already
 * is not written again; a word that says the opposite is replaced where it stands; what is missing goes to the assignment
 * of `variable` that starts its value last, because later ones that name the variable keep what it says.
 * InvalidInput `config-file-syntax` with file and line for what can't be told from the text alone.
 */
export function changedGrub(
  files: readonly ShellFile[],
  wish: ParameterWish,
  variable: GrubVariable,
): readonly ShellFile[] {
  const changed = withChangedWords(files, wish)
  const words = effectiveWords(changed)
  const missing = wish.add.filter((parameter) => !inEffect(words, parameter))
  const done = missing.length === 0 ? changed : withAppended(changed, missing, variable)
  verify(done, wish)
  return done
}

/** The kernel parameters of a normal boot; a word of which only a shell could tell something is left out. */
export function effectiveWords(files: readonly ShellFile[]): readonly string[] {
  const values = new Map<string, string>()
  for (const assignment of assignmentsOf(files)) {
    const { name, appends, raw } = assignment
    const value = expand(raw, (other) => values.get(other) ?? (isOurs(other) ? '' : undefined))
    values.set(name, appends ? `${values.get(name) ?? ''}${value}` : value)
  }
  const line = VARIABLES.map((name) => values.get(name) ?? '').join(' ')
  return wordsOf(line).filter((word) => !word.includes(UNKNOWN))
}

const isOurs = (name: string): name is GrubVariable => VARIABLES.some((ours) => ours === name)

/** Of all variables: these may be named in ours. Ours must hold whatever happens. */
function assignmentsOf(files: readonly ShellFile[]): readonly Assignment[] {
  const all = files.flatMap(({ path, text }) => shellAssignments(path, text))
  const unsure = all.find(({ name, conditional }) => conditional && isOurs(name))
  if (unsure !== undefined)
    throw notUnderstood(unsure.file, unsure.line, `${unsure.name} is set only under a condition`)
  for (const { file, line, name, raw } of all) if (isOurs(name)) refuseFalseBlank(file, line, raw)
  return all.filter(({ conditional }) => !conditional)
}

/** From the back, so that the places of those before stay true. */
function replaced(text: string, changes: readonly { start: number; end: number; value: string }[]): string {
  return [...changes]
    .sort((a, b) => b.start - a.start)
    .reduce((now, { start, end, value }) => now.slice(0, start) + value + now.slice(end), text)
}

function withChangedWords(files: readonly ShellFile[], wish: ParameterWish): readonly ShellFile[] {
  const ours = assignmentsOf(files).filter(({ name }) => isOurs(name))
  return files.map(({ path, text }) => ({
    path,
    text: replaced(
      text,
      ours
        .filter(({ file }) => file === path)
        .map(({ start, end, raw }) => ({ start, end, value: changeWords(raw, (w) => changedWord(w, wish)) })),
    ),
  }))
}

function withAppended(
  files: readonly ShellFile[],
  words: readonly string[],
  variable: GrubVariable,
): readonly ShellFile[] {
  const own = assignmentsOf(files).filter(({ name }) => name === variable)
  const target = own.findLast((assignment) => !continues(assignment)) ?? own[0]
  if (target === undefined) return withNewLine(files, `${variable}="${words.join(' ')}"`)
  const { file, start, end, raw } = target
  return files.map(({ path, text }) =>
    path === file
      ? { path, text: replaced(text, [{ start, end, value: appendWords(raw, words) }]) }
      : { path, text },
  )
}

/** Whether the assignment keeps what the variable said before. */
function continues({ name, appends, raw }: Assignment): boolean {
  const mark = '\u0001'
  return appends || expand(raw, (other) => (other === name ? mark : '')).includes(mark)
}

function withNewLine(files: readonly ShellFile[], line: string): readonly ShellFile[] {
  return files.map(({ path, text }) =>
    path === GRUB_DEFAULTS
      ? { path, text: `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n` }
      : { path, text },
  )
}

/** Nothing is written whose effect is not proven. */
function verify(files: readonly ShellFile[], { add, remove }: ParameterWish): void {
  const words = effectiveWords(files)
  const failed =
    add.find((parameter) => !inEffect(words, parameter)) ??
    remove.find((parameter) => stands(words, parameter))
  if (failed === undefined) return
  const last = assignmentsOf(files).findLast(({ name }) => isOurs(name))
  const what = add.includes(failed) ? `"${failed}" would not take effect` : `"${failed}" cannot be taken out`
  throw notUnderstood(last?.file ?? GRUB_DEFAULTS, last?.line ?? 1, `${what} with this command line`)
}
