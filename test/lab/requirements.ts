/** What this machine lacks for the lab: a reason to skip, in words; where LAB_REQUIRED is set, a reason to fail. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statfsSync } from 'node:fs'

const NEEDED_BYTES = 3e9
const NEEDED_MEMORY_KIB = 6e6

/** Null = the lab can run. Installs debootstrap where only that is missing and apt can; nothing else is changed. */
export function whyNot(cache: string): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the lab needs Linux on x86-64'
  if (process.getuid?.() !== 0) return 'the lab needs root, for debootstrap'
  mkdirSync(cache, { recursive: true })
  const disk = statfsSync(cache)
  if (!existsSync(`${cache}/root-tree.log`) && disk.bavail * disk.bsize < NEEDED_BYTES)
    return `the lab needs ${NEEDED_BYTES / 1e9} GB free at ${cache}`
  const memory = Number(/MemAvailable:\s+(\d+)/.exec(meminfo())?.[1] ?? 0)
  if (memory < NEEDED_MEMORY_KIB) return 'the lab needs 6 GB of free memory'
  if (!has('debootstrap'))
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'debootstrap'], { stdio: 'ignore' })
  return has('debootstrap') ? null : 'the lab needs debootstrap'
}

function meminfo(): string {
  return spawnSync('cat', ['/proc/meminfo'], { encoding: 'utf8' }).stdout
}

function has(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}
