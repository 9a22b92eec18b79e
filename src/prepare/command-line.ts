/** Parameters of the kernel's command line: which are in effect, and how a word changes (Documentation/admin-guide/kernel-parameters.txt). Pure. */
import { parseCommandLine } from '../../probes/readiness/command-line.ts'
import { sameModule } from './modprobe.ts'

export interface ParameterWish {
  /** `intel_iommu=on` */
  readonly add: readonly string[]
  /** `intel_iommu=off` */
  readonly remove: readonly string[]
}

/** Values that take back what others of the same parameter say. */
const OPPOSED: Readonly<Record<string, readonly string[]>> = {
  intel_iommu: ['off'],
  amd_iommu: ['off'],
  iommu: ['off', 'soft', 'nopt'],
  intremap: ['off', 'nosid'],
}

interface Parameter {
  /** `-` and `_` are one in it (kernel/params.c). */
  readonly name: string
  /** The name as it is written. */
  readonly written: string
  /** Comma-separated parts; null = a word without `=`. */
  readonly values: readonly string[] | null
}

function parameterOf(word: string): Parameter {
  const at = word.indexOf('=')
  const written = at < 0 ? word : word.slice(0, at)
  return {
    ...{ name: written.replaceAll('-', '_'), written },
    values: at < 0 ? null : word.slice(at + 1).split(','),
  }
}

/** Words as the kernel splits them, at ASCII's blanks: quotes hold blanks together. What stands behind `--` is init's, not the kernel's. */
export function wordsOf(commandLine: string): readonly string[] {
  const words: readonly string[] = commandLine.match(/(?:"[^"]*"?|[^ \t\n\v\f\r"])+/g) ?? []
  const end = words.indexOf('--')
  return end < 0 ? words : words.slice(0, end)
}

/** Whether the words say it, and none of them takes it back. */
export function inEffect(words: readonly string[], wanted: string): boolean {
  const { name, values } = parameterOf(wanted)
  const said = saidOf(words, name)
  return (values ?? ['']).every((value) => said(value)) && !opposed(wanted).some((value) => said(value))
}

/** Whether some of the words still say what is to go. */
export function stands(words: readonly string[], unwanted: string): boolean {
  const { name, values } = parameterOf(unwanted)
  const said = saidOf(words, name)
  return (values ?? ['']).some((value) => said(value))
}

/** Tells of a value whether it is said, as `berth doctor` reads it; '' = the parameter stands there without one. */
function saidOf(words: readonly string[], name: string): (value: string) => boolean {
  // A quotation that does not end holds what comes behind it: that says nothing by itself.
  const whole = words.filter((word) => (word.match(/"/g) ?? []).length % 2 === 0)
  const given = (parseCommandLine(whole.join(' ')).get(name) ?? []).flatMap((value) => value.split(','))
  return (value) => given.some((other) => sameValue(name, other, value))
}

const sameValue = (name: string, a: string, b: string): boolean =>
  a === b || (name === 'module_blacklist' && sameModule(a, b))

function opposed(wanted: string): readonly string[] {
  const { name, values } = parameterOf(wanted)
  const all = Object.hasOwn(OPPOSED, name) ? (OPPOSED[name] ?? []) : []
  return all.filter((value) => !(values ?? []).includes(value))
}

/** The word without the unwanted values; null = nothing of it is left. */
function without(word: string, unwanted: string): string | null {
  const { name, written, values } = parameterOf(word)
  const gone = parameterOf(unwanted)
  if (name !== gone.name) return word
  if (values === null || gone.values === null) return values === gone.values ? null : word
  const left = values.filter((value) => !gone.values?.some((other) => sameValue(name, value, other)))
  if (left.length === values.length) return word
  return left.length === 0 ? null : `${written}=${left.join(',')}`
}

/**
 * What becomes of one word of the command line: a word that says the opposite of a wanted parameter becomes that parameter,
 * an unwanted one goes (null), all others stay as they are.
 */
export function changedWord(word: string, { add, remove }: ParameterWish): string | null {
  const { name } = parameterOf(word)
  for (const wanted of add) {
    if (parameterOf(wanted).name !== name) continue
    const opposite = opposed(wanted).find((value) => without(word, `${name}=${value}`) !== word)
    if (opposite === undefined) continue
    const rest = without(word, `${name}=${opposite}`)
    return rest === null ? wanted : rest
  }
  return remove.reduce<string | null>((left, unwanted) => left && without(left, unwanted), word)
}
