/** Writes sysfs's files and links below a root: synchronous, because a tree is thousands of tiny ones. */
import { mkdirSync, realpathSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Paths are relative to the sysfs root. */
export interface TreeFiles {
  folder(path: string): void
  file(path: string, content: string | Buffer): void
  /** A link at `path` to `target`, relative as the kernel makes them; replaces one that is there. */
  link(path: string, target: string): void
  remove(path: string): void
  /** Where a path leads once its links are followed. */
  real(path: string): string
}

export function treeFiles(root: string): TreeFiles {
  const made = new Set<string>()
  return {
    folder: (path) => {
      if (made.has(path)) return
      mkdirSync(join(root, path), { recursive: true })
      made.add(path)
    },
    file: (path, content) => writeFileSync(join(root, path), content),
    link: (path, target) => {
      const place = join(root, path)
      const relativeTarget = `${'../'.repeat(path.split('/').length - 1)}${target}`
      try {
        symlinkSync(relativeTarget, place)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
        // What a process that was killed in the middle of a bind left behind.
        unlinkSync(place)
        symlinkSync(relativeTarget, place)
      }
    },
    remove: (path) => {
      rmSync(join(root, path), { recursive: true, force: true })
      made.clear()
    },
    real: (path) => relative(realpathSync(root), realpathSync(join(root, path))),
  }
}
