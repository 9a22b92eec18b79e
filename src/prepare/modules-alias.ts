/** Which modules udev would load for a device: modules.alias against its modalias (depmod(8)). Pure. */

/** Names of the modules, in the file's order. */
export function modulesFitting(aliases: string, modalias: string): readonly string[] {
  const vendor = /^pci:v[0-9A-F]{8}/.exec(modalias)?.[0]
  if (vendor === undefined) return []
  return aliases.split('\n').flatMap((line) => {
    // A file has tens of thousands of lines: most are told apart without a pattern.
    if (!line.startsWith(`alias ${vendor}`) && !line.startsWith('alias pci:v*')) return []
    const [, pattern = '', module] = line.split(' ')
    return module !== undefined && asPattern(pattern).test(modalias) ? [module] : []
  })
}

function asPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}
