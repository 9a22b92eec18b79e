/** The lab host's initramfs: busybox, the few modules that reach the root tree, and `init`. Reads a finished root tree. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { cpioArchive, type Entry } from './cpio.ts'

const MODULES = ['virtio_blk', 'ext4', '9pnet_virtio', '9p', 'overlay']
const FOLDERS = ['bin', 'proc', 'sys', 'dev', 'modules', 'new', 'tree', 'rw']

/** The version of the tree's one kernel. */
export function kernelVersion(tree: string): string {
  const [version] = readdirSync(join(tree, 'usr/lib/modules'))
  if (version === undefined) throw new Error(`${tree} holds no kernel`)
  return version
}

/** Compressed, as QEMU's -initrd takes it. */
export function initramfs(tree: string, init: string): Buffer {
  const modules = modulesOf(tree).map((path) => ({ name: basename(path, '.xz'), path }))
  const file = (path: string, content: Uint8Array): Entry => ({ path, kind: 'file', mode: 0o755, content })
  return gzipSync(
    cpioArchive([
      ...FOLDERS.map((path): Entry => ({ path, kind: 'folder' })),
      file('bin/busybox', readFileSync(join(tree, 'usr/bin/busybox'))),
      { path: 'bin/sh', kind: 'link', target: 'busybox' },
      file('init', readFileSync(init)),
      file('modules/list', Buffer.from(modules.map(({ name }) => `${name}\n`).join(''))),
      ...modules.map(({ name, path }) => file(`modules/${name}`, unpacked(tree, path))),
    ]),
    { level: 1 },
  )
}

/** Paths inside the tree, each after those that it needs; a module that the kernel has built in is in no list. */
function modulesOf(tree: string): readonly string[] {
  const folder = `/usr/lib/modules/${kernelVersion(tree)}`
  const needs = new Map<string, readonly string[]>()
  for (const line of readFileSync(join(tree, folder, 'modules.dep'), 'utf8').split('\n')) {
    const [path = '', rest = ''] = line.split(':')
    needs.set(path, rest.split(' ').filter(Boolean))
  }
  const ordered = new Set<string>()
  for (const name of MODULES) {
    const path = [...needs.keys()].find((one) => basename(one).replace(/\.ko(\.xz)?$/, '') === name)
    // modules.dep names the farthest need last.
    if (path !== undefined)
      for (const one of [...(needs.get(path) ?? [])].reverse().concat(path)) ordered.add(one)
  }
  return [...ordered].map((path) => join(folder, path))
}

function unpacked(tree: string, path: string): Buffer {
  if (!path.endsWith('.xz')) return readFileSync(join(tree, path))
  return execFileSync('chroot', [tree, 'xz', '-dc', path], { maxBuffer: 1 << 28 })
}
