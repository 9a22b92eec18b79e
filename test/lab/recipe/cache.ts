/** What the lab boots, built once: each thing lies in a folder of `.lab/` that is named by the hash of what makes it. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../places.ts'
import { idleGuest } from './boot-sector.ts'
import { initramfs, kernelVersion } from './initramfs.ts'

/** Paths of what was built. */
export interface LabFiles {
  /** The root tree of the host, read-only. */
  readonly tree: string
  readonly kernel: string
  readonly initramfs: string
  /** Disk of the nested guest that only acknowledges. */
  readonly idleGuest: string
}

const recipe = join(ROOT, 'test/lab/recipe')
const BOOT_SOURCES = ['init', 'initramfs.ts', 'cpio.ts', 'boot-sector.ts']

/** Builds what is missing, minutes for the root tree; `log` hears what is being built. Outdated folders are removed. */
export function labFiles(cache: string, log: (line: string) => void): LabFiles {
  mkdirSync(cache, { recursive: true })
  const tree = built(cache, 'root', hashOf(['root-tree.sh']), log, (folder) => {
    execFileSync('bash', [join(recipe, 'root-tree.sh'), folder, join(cache, 'root-tree.log')], {
      stdio: 'inherit',
    })
  })
  const boot = built(cache, 'boot', hashOf(['root-tree.sh', ...BOOT_SOURCES]), log, (folder) => {
    copyFileSync(join(tree, 'boot', `vmlinuz-${kernelVersion(tree)}`), join(folder, 'vmlinuz'))
    writeFileSync(join(folder, 'initramfs'), initramfs(tree, join(recipe, 'init')))
    writeFileSync(join(folder, 'idle-guest.img'), idleGuest())
  })
  const file = (name: string) => join(boot, name)
  return { tree, kernel: file('vmlinuz'), initramfs: file('initramfs'), idleGuest: file('idle-guest.img') }
}

function hashOf(sources: readonly string[]): string {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(readFileSync(join(recipe, source)))
  return hash.digest('hex').slice(0, 12)
}

/** A folder is renamed to its final name when it is whole, so that a build that was broken off is not taken for one. */
function built(
  cache: string,
  kind: string,
  hash: string,
  log: (line: string) => void,
  make: (folder: string) => void,
): string {
  const final = join(cache, `${kind}-${hash}`)
  if (existsSync(final)) return final
  for (const name of readdirSync(cache))
    if (name.startsWith(`${kind}-`) && !name.endsWith('.log'))
      rmSync(join(cache, name), { recursive: true, force: true })
  const begun = Date.now()
  log(`building ${final}`)
  const unfinished = join(cache, `${kind}-unfinished`)
  mkdirSync(unfinished)
  make(unfinished)
  renameSync(unfinished, final)
  log(`built in ${Math.round((Date.now() - begun) / 1000)} s`)
  return final
}
