/** The files that modprobe reads: by name, a folder's file hiding those of the same name in the folders after it (modprobe.d(5)). */
import type { ReadinessFacts } from './facts.ts'

const FOLDERS = ['etc/modprobe.d', 'run/modprobe.d', 'usr/lib/modprobe.d', 'lib/modprobe.d']

export interface ModprobeFile {
  /** With its leading slash. */
  readonly path: string
  readonly text: string
}

/** One that cannot be read is left out. */
export function modprobeFiles(facts: Pick<ReadinessFacts, 'list' | 'text'>): readonly ModprobeFile[] {
  const byName = new Map<string, string>()
  for (const folder of FOLDERS)
    for (const name of facts.list(folder) ?? [])
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${folder}/${name}`)
  return [...byName.keys()].sort().flatMap((name) => {
    const path = byName.get(name) ?? ''
    const text = facts.text(path)
    return text === null ? [] : [{ path: `/${path}`, text }]
  })
}
