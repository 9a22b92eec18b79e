/** Writes small sysfs trees for the probes' tests: files, links and folders as they are told, PCI functions with few words. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A file's content, a link's target or an empty folder. */
export type Entry = string | Buffer | { readonly link: string } | 'folder:'

export interface Tree {
  readonly root: string
  /** The tree's `sys` and `proc`. */
  readonly sysfs: string
  readonly proc: string
  /** Writes at a path below the root. */
  write(path: string, entry: Entry): void
  /** A function below `parent` (a path below sys), its link in bus/pci/devices, and files over the usual ones; null = leave out. */
  pci(address: string, files?: Readonly<Record<string, Entry | null>>, parent?: string): string
  remove(): void
}

export function createTree(): Tree {
  const root = mkdtempSync(join(tmpdir(), 'berth-sysfs-'))
  const write = (path: string, entry: Entry): void => {
    const at = join(root, path)
    mkdirSync(dirname(at), { recursive: true })
    if (entry === 'folder:') mkdirSync(at, { recursive: true })
    else if (typeof entry === 'string' || Buffer.isBuffer(entry)) writeFileSync(at, entry)
    else symlinkSync(entry.link, at)
  }
  write('sys/bus/pci/devices', 'folder:')
  const pci: Tree['pci'] = (address, files = {}, parent = 'devices/pci0000:00') => {
    const dir = `${parent}/${address}`
    write(`sys/${dir}`, 'folder:')
    for (const [name, entry] of Object.entries({ ...USUAL, ...files }))
      if (entry !== null) write(`sys/${dir}/${name}`, entry)
    write(`sys/bus/pci/devices/${address}`, { link: `../../../${dir}` })
    return dir
  }
  return {
    root,
    sysfs: join(root, 'sys'),
    proc: join(root, 'proc'),
    write,
    pci,
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

const USUAL: Readonly<Record<string, Entry>> = {
  class: '0x020000\n',
  vendor: '0x8086\n',
  device: '0x10d3\n',
  numa_node: '-1\n',
}

/** Bytes at offsets of an otherwise zero configuration space. */
export function configSpace(size: number, bytes: Readonly<Record<number, readonly number[]>>): Buffer {
  const space = Buffer.alloc(size)
  for (const [offset, values] of Object.entries(bytes)) space.set(values, Number(offset))
  return space
}
