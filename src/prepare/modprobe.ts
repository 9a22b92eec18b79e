/** modprobe.d(5): blacklists, soft dependencies and options, added where nothing says them yet. Pure. */
import { modprobeFiles } from '../../probes/readiness/modprobe-files.ts'
import type { Wish } from './edit.ts'
import type { HostFiles } from './host-files.ts'
import { withLine } from './lines.ts'

const OWN = '/etc/modprobe.d/berth.conf'
interface Directive {
  readonly path: string
  /** The file's text, and the directive's place in it, continuation lines included. */
  readonly text: string
  readonly start: number
  readonly end: number
  readonly words: readonly string[]
}

/** The kernel takes - and _ in a module's name for the same. */
export const sameModule = (a: string, b: string): boolean => a.replaceAll('-', '_') === b.replaceAll('-', '_')

/** In the order in which modprobe reads them. */
function directives(files: HostFiles): readonly Directive[] {
  const reader = {
    list: (folder: string) => files.list(folder, '.conf').map((path) => path.slice(folder.length + 1)),
    text: files.text,
  }
  return modprobeFiles(reader).flatMap(({ path, text }) => {
    return [...text.matchAll(/^(?:[^\n\\]|\\[\s\S])+/gm)].flatMap((match) => {
      // modprobe takes blanks and tabs alone for blanks.
      const words = match[0].replaceAll('\\\n', ' ').match(/[^ \t]+/g) ?? []
      if (words[0] === undefined || words[0].startsWith('#')) return []
      return { path, text, start: match.index, end: match.index + match[0].length, words }
    })
  })
}

/** A file of a package is hidden by a file of the same name in /etc. */
function changedDirective(directive: Directive, changed: string, why: string): Wish {
  const { path, text, start, end } = directive
  const target = path.startsWith('/etc/') ? path : `/etc/modprobe.d/${path.slice(path.lastIndexOf('/') + 1)}`
  const old = text.slice(start, end)
  return { path: target, why, change: (now) => withLineChanged(now ?? text, old, changed) }
}

/** The last line, or lines, that are `old` and no part of others: of equal ones the last takes effect. */
function withLineChanged(text: string, old: string, changed: string): string {
  const at = `\n${text}\n`.lastIndexOf(`\n${old}\n`)
  return at < 0 ? text : text.slice(0, at) + changed + text.slice(at + old.length)
}

function saidBy(files: HostFiles, ...words: readonly string[]): boolean {
  return directives(files).some(
    ({ words: present }) =>
      present.length === words.length && words.every((word, at) => sameModule(word, present[at] ?? '')),
  )
}

function ownLine(line: string, why: string): Wish {
  return { path: OWN, why, change: (text) => withLine(text, line) }
}

export function blacklistWishes(files: HostFiles, drivers: readonly string[]): readonly Wish[] {
  return drivers.flatMap((driver) =>
    saidBy(files, 'blacklist', driver)
      ? []
      : ownLine(`blacklist ${driver}`, `${driver} is not loaded for a device that it fits`),
  )
}

/** `drivers`: the modules that would take the devices, and so are loaded after vfio-pci. */
export function softdepWishes(files: HostFiles, drivers: readonly string[]): readonly Wish[] {
  return drivers.flatMap((driver) =>
    saidBy(files, 'softdep', driver, 'pre:', 'vfio-pci')
      ? []
      : ownLine(
          `softdep ${driver} pre: vfio-pci`,
          `vfio-pci is loaded before ${driver} and takes its devices first`,
        ),
  )
}

const isOptionsOf = (module: string) => (directive: Directive) =>
  directive.words[0] === 'options' && sameModule(directive.words[1] ?? '', module)

/** Of several `ids=`, vfio-pci takes the last: that one is made longer. */
export function idsWishes(files: HostFiles, ids: readonly string[]): readonly Wish[] {
  if (ids.length === 0) return []
  const why = `vfio-pci takes every device with the ids ${ids.join(', ')}`
  const last = directives(files)
    .filter(isOptionsOf('vfio-pci'))
    .findLast(({ words }) => words.some((word) => word.startsWith('ids=')))
  if (last === undefined) return [ownLine(`options vfio-pci ids=${ids.join(',')}`, why)]
  const line = last.text.slice(last.start, last.end)
  const present =
    /\bids=(\S*)/
      .exec(line)?.[1]
      ?.split(',')
      .filter((id) => id !== '') ?? []
  const missing = ids.filter((id) => !present.some((other) => other.toLowerCase() === id))
  if (missing.length === 0) return []
  return [changedDirective(last, line.replace(/\bids=\S*/, `ids=${[...present, ...missing].join(',')}`), why)]
}

/** Read by the kernel's IOMMU driver for VFIO: DMA remapping without interrupt remapping is then good enough. */
export function unsafeInterruptsWishes(files: HostFiles): readonly Wish[] {
  const why = 'devices are passed although the hardware cannot keep their interrupts apart'
  const last = directives(files)
    .filter(isOptionsOf('vfio_iommu_type1'))
    .findLast(({ words }) => words.some((word) => word.startsWith('allow_unsafe_interrupts')))
  if (last === undefined) return [ownLine('options vfio_iommu_type1 allow_unsafe_interrupts=1', why)]
  const line = last.text.slice(last.start, last.end)
  if (/\ballow_unsafe_interrupts(=[1Yy]\S*)?(\s|$)/.test(line)) return []
  return [
    changedDirective(last, line.replace(/\ballow_unsafe_interrupts=\S*/, 'allow_unsafe_interrupts=1'), why),
  ]
}

/** Of these vfio-pci needs every one: who asks for one has use for all. */
const VFIO = ['vfio', 'vfio_iommu_type1', 'vfio_pci', 'vfio_pci_core']

/** Lines that keep a needed module from being loaded become comments; of vfio's modules those of all. */
export function unblacklistWishes(files: HostFiles, module: string): readonly Wish[] {
  const needed = VFIO.some((other) => sameModule(other, module)) ? VFIO : [module]
  return directives(files).flatMap((directive) => {
    const [word, name = '', program = ''] = directive.words
    if (!needed.some((other) => sameModule(name, other))) return []
    const hinders = word === 'blacklist' || (word === 'install' && /^(\S*\/)?(false|true)\r?$/.test(program))
    if (!hinders) return []
    const line = directive.text.slice(directive.start, directive.end)
    return changedDirective(
      directive,
      `# ${line.replaceAll('\n', '\n# ')}`,
      `${name} is needed: nothing may keep it from being loaded`,
    )
  })
}
