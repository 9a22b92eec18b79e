/** modules-load.d(5): modules that are loaded at every boot. Pure. */
import type { Wish } from './edit.ts'
import type { HostFiles } from './host-files.ts'
import { withLine } from './lines.ts'
import { sameModule } from './modprobe.ts'

const OWN = '/etc/modules-load.d/berth.conf'

export function moduleWishes(files: HostFiles, modules: readonly string[]): readonly Wish[] {
  const lists = ['/etc/modules-load.d', '/usr/lib/modules-load.d'].flatMap((folder) =>
    files.list(folder, '.conf'),
  )
  // Debian's older list, which a link in modules-load.d usually names.
  const loaded = [...lists, '/etc/modules'].flatMap((path) => (files.text(path) ?? '').split('\n'))
  return modules
    .filter((module) => !loaded.some((line) => sameModule(line.trim(), module)))
    .map((module) => ({
      path: OWN,
      why: `${module} is loaded at every boot`,
      change: (text) => withLine(text, module),
    }))
}
