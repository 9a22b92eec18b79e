/** Parameters of the kernel's command line: which are in effect, and how a word changes (Documentation/admin-guide/kernel-parameters.txt). Pure. */

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
  readonly key: string
  /** Comma-separated parts; null = a word without `=`. */
  readonly values: readonly string[] | null
}

function parameterOf(word: string): Parameter {
  const at = word.indexOf('=')
  return at < 0
    ? { key: word, values: null }
    : { key: word.slice(0, at), values: word.slice(at + 1).split(',') }
}

/** Words as the kernel splits them, at ASCII's blanks: quotes hold blanks together. What stands behind `--` is init's, not the kernel's. */
export function wordsOf(commandLine: string): readonly string[] {
  const words: readonly string[] = commandLine.match(/(?:"[^"]*"?|[^ \t\n\v\f\r"])+/g) ?? []
  const end = words.indexOf('--')
  return end < 0 ? words : words.slice(0, end)
}

/** Whether the words say it, and none of them takes it back. */
export function inEffect(words: readonly string[], wanted: string): boolean {
  const { key, values } = parameterOf(wanted)
  if (values === null) return words.includes(wanted)
  const said = words.map(parameterOf).flatMap((word) => (word.key === key ? (word.values ?? []) : []))
  return (
    values.every((value) => said.includes(value)) && !opposed(wanted).some((value) => said.includes(value))
  )
}

/** Whether some of the words still say what is to go. */
export function stands(words: readonly string[], unwanted: string): boolean {
  return words.some((word) => without(word, unwanted) !== word)
}

function opposed(wanted: string): readonly string[] {
  const { key, values } = parameterOf(wanted)
  const all = Object.hasOwn(OPPOSED, key) ? (OPPOSED[key] ?? []) : []
  return all.filter((value) => !(values ?? []).includes(value))
}

/** The word without the unwanted values; null = nothing of it is left. */
function without(word: string, unwanted: string): string | null {
  const { key, values } = parameterOf(word)
  const gone = parameterOf(unwanted)
  if (key !== gone.key) return word
  if (values === null || gone.values === null) return word === unwanted ? null : word
  const left = values.filter((value) => !gone.values?.includes(value))
  if (left.length === values.length) return word
  return left.length === 0 ? null : `${key}=${left.join(',')}`
}

/**
 * What becomes of one word of the command line: a word that says the opposite of a wanted parameter becomes that parameter,
 * an unwanted one goes (null), all others stay as they are.
 */
export function changedWord(word: string, { add, remove }: ParameterWish): string | null {
  const { key } = parameterOf(word)
  for (const wanted of add) {
    if (parameterOf(wanted).key !== key) continue
    const opposite = opposed(wanted).find((value) => without(word, `${key}=${value}`) !== word)
    if (opposite === undefined) continue
    const rest = without(word, `${key}=${opposite}`)
    return rest === null ? wanted : rest
  }
  return remove.reduce<string | null>((left, unwanted) => left && without(left, unwanted), word)
}
