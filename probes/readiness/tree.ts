/** How readiness reads a host's files: below one root, and without failing for what this user may not read. */
import { existsSync, readFileSync } from 'node:fs'
import { CommandFailed } from '../../src/model/errors.ts'
import { orAbsent, readDir, readText, type Warn } from '../read.ts'

/** Where a host's files are. */
export interface TreePlace {
  /** `/` on a real host. */
  readonly root: string
  /** Where sysfs and proc are mounted; absent = below the root. */
  readonly sysfs?: string
  readonly proc?: string
}

/** Paths are below the root, without a leading slash. Null = it is not there, or this user may not read it. */
export interface HostTree {
  /** The path on this machine. */
  at(path: string): string
  has(path: string): boolean
  text(path: string): string | null
  bytes(path: string): Buffer | null
  list(path: string): readonly string[] | null
  /** What `read` gives; null where it meets a file of `path` that cannot be read. */
  tolerant<T>(path: string, read: () => T | null): T | null
  /** True = it was asked for, is there, and cannot be read by this user. */
  unreadable(path: string): boolean
}

/** `warn` hears of each that cannot be read, once. */
export function hostTree(place: TreePlace, warn: Warn): HostTree {
  const hidden = new Set<string>()
  const at = (path: string) => placeOf(place, path)
  const tolerant: HostTree['tolerant'] = (path, read) => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error
      if (!hidden.has(path)) warn(`${error.message}; run it as root`)
      hidden.add(path)
      return null
    }
  }
  return {
    at,
    tolerant,
    has: (path) => existsSync(at(path)),
    text: (path) => tolerant(path, () => readText(at(path))),
    bytes: (path) => tolerant(path, () => orAbsent(at(path), () => readFileSync(at(path)))),
    list: (path) => tolerant(path, () => readDir(at(path))),
    unreadable: (path) => hidden.has(path),
  }
}

function placeOf({ root, sysfs, proc }: TreePlace, path: string): string {
  if (sysfs !== undefined && path.startsWith('sys/')) return `${sysfs}/${path.slice('sys/'.length)}`
  if (proc !== undefined && path.startsWith('proc/')) return `${proc}/${path.slice('proc/'.length)}`
  return root.endsWith('/') ? root + path : `${root}/${path}`
}
