/** The files that modprobe reads, for readiness and for `berth prepare`: by name, a folder's hiding those of the same name after it. */

/** modprobe.d(5). */
const FOLDERS = [
  ...['/etc/modprobe.d', '/run/modprobe.d', '/usr/local/lib/modprobe.d', '/usr/lib/modprobe.d'],
  '/lib/modprobe.d',
]

export interface ModprobeFile {
  readonly path: string
  readonly text: string
}

/** Absolute paths, as on the host; null = it is not there, or cannot be read. */
export interface ModprobeReader {
  /** Names in the folder. */
  list(folder: string): readonly string[] | null
  text(path: string): string | null
}

/** In the order in which modprobe reads them; one that cannot be read is left out. */
export function modprobeFiles({ list, text }: ModprobeReader): readonly ModprobeFile[] {
  const byName = new Map<string, string>()
  for (const folder of FOLDERS)
    for (const name of list(folder) ?? [])
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${folder}/${name}`)
  return [...byName.keys()].sort().flatMap((name) => {
    const path = byName.get(name) ?? ''
    const found = text(path)
    return found === null ? [] : [{ path, text: found }]
  })
}
