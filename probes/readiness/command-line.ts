/** A kernel's command line as its parameters: pure. Documentation/admin-guide/kernel-parameters.rst. */

/** Values by name, a parameter given several times in order; '' = named without a value. `-` and `_` in names are one (kernel/params.c). */
export type CommandLine = ReadonlyMap<string, readonly string[]>

export function parseCommandLine(text: string): CommandLine {
  const parameters = new Map<string, string[]>()
  for (const word of text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []) {
    if (word === '--') break
    const at = word.indexOf('=')
    const name = nameOf(at < 0 ? word : word.slice(0, at))
    const value = at < 0 ? '' : word.slice(at + 1).replace(/^"(.*)"$/, '$1')
    const values = parameters.get(name)
    if (values) values.push(value)
    else parameters.set(name, [value])
  }
  return parameters
}

const nameOf = (name: string) => name.replaceAll('-', '_')

/** Whether one of the parameter's values, parts between commas, is `value`: `intel_iommu=on,sm_on` has `on`. */
export function hasParameter(line: CommandLine | null, name: string, value: string): boolean {
  return (line?.get(nameOf(name)) ?? []).some((given) => given.split(',').includes(value))
}
