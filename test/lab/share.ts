/** Fills the share that the lab host reads: the built package as it ships, what runs on the host, the nested guest's disk. */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './places.ts'

/** better-sqlite3 is the only package that is not bundled; what it needs to run, without what it was built from. */
const PACKAGES = ['better-sqlite3', 'bindings', 'file-uri-to-path']
const BUILT_FROM = /\/(deps|src|obj|obj\.target|\.deps)$/

/** Empties `share` first. */
export function fillShare(share: string, idleGuest: string): void {
  rmSync(share, { recursive: true, force: true })
  mkdirSync(share, { recursive: true })
  for (const part of ['dist', 'templates', 'package.json'])
    cpSync(join(ROOT, part), join(share, 'berth', part), { recursive: true })
  for (const name of PACKAGES)
    cpSync(join(ROOT, 'node_modules', name), join(share, 'berth/node_modules', name), {
      recursive: true,
      filter: (path) => !BUILT_FROM.test(path),
    })
  cpSync(join(ROOT, 'test/lab/host'), join(share, 'host'), { recursive: true })
  cpSync(idleGuest, join(share, 'idle-guest.img'))
}
