/** A kernel's configuration file, /boot/config-* or /proc/config.gz: pure. The format: Documentation/kbuild/kconfig.rst. */

/** `y` = built in, `m` = a module, any other text is a value; an option that is not set has no entry. */
export type KernelConfig = ReadonlyMap<string, string>

/** Without `CONFIG_`. Null for a text that is no whole configuration: every one says of PCI whether it is set. */
export function parseKernelConfig(text: string): KernelConfig | null {
  const options = new Map<string, string>()
  let whole = false
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^CONFIG_(\w+)=(.*)$/.exec(line) ?? []
    if (name !== '') options.set(name, value.replace(/^"(.*)"$/, '$1'))
    whole ||= name === 'PCI' || line === '# CONFIG_PCI is not set'
  }
  return whole ? options : null
}
