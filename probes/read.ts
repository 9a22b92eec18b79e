/** How probes read sysfs and proc: an absence is null, anything else that goes wrong is an error that names the file. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandFailed } from '../src/model/errors.ts'

/** ENODEV, ENXIO, ESRCH: the device or process left between listing and reading. EINVAL: no link (readlink). ENOTDIR: its parent is a file. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENODEV', 'ENXIO', 'ESRCH', 'ENOTDIR', 'EINVAL'])

/** What went wrong without stopping the probe; one line without a newline. */
export type Warn = (message: string) => void

/** The error code of a failed system call; null for anything else. */
export function systemErrorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** Null for a failure that means absence; CommandFailed `unreadable` with the file's name for all others. */
export function nullIfAbsent(file: string, error: unknown): null {
  const code = systemErrorCode(error)
  if (code !== null && ABSENT.has(code)) return null
  throw new CommandFailed('unreadable', `${file} cannot be read: ${code ?? error}`, { file }, error)
}

/** `read()`, or null where what it reads is not there; CommandFailed `unreadable` otherwise. */
export function orAbsent<T>(file: string, read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    return nullIfAbsent(file, error)
  }
}

/** A text file's content, trailing white space off; null = there is none. */
export function readText(file: string): string | null {
  return orAbsent(file, () => readFileSync(file, 'utf8').trimEnd())
}

const PAGE = Buffer.alloc(4096)

/**
 * An attribute of sysfs, trailing white space off; null = there is none. An attribute is one page at most
 * (Documentation/filesystems/sysfs.rst): one read into one buffer takes a third of readFileSync's time.
 */
export function readAttribute(file: string): string | null {
  let handle: number | null = null
  try {
    handle = openSync(file, 'r')
    return PAGE.toString('latin1', 0, readSync(handle, PAGE, 0, PAGE.length, 0)).trimEnd()
  } catch (error) {
    return nullIfAbsent(file, error)
  } finally {
    if (handle !== null) closeSync(handle)
  }
}

/** Where a symbolic link points, as written; null = there is none. It may dangle. */
export function readLink(file: string): string | null {
  try {
    return readlinkSync(file)
  } catch (error) {
    return nullIfAbsent(file, error)
  }
}

/** A directory's entries, sorted; null = there is none. */
export function readDir(dir: string): readonly string[] | null {
  return orAbsent(dir, () => readdirSync(dir).sort())
}

/** A directory's entries in the file system's order; null = there is none. */
export function readDirUnsorted(dir: string): readonly string[] | null {
  return orAbsent(dir, () => readdirSync(dir))
}

/** The path with all links followed; null = it leads nowhere. */
export function realPath(path: string): string | null {
  return orAbsent(path, () => realpathSync.native(path))
}

/** Whether `dir`, however spelled, is the running system's own mount: only then do its boot id and its libvirt go with it. */
export function isOwnMount(dir: string, mount: '/sys' | '/proc'): boolean {
  return resolve(dir) === mount
}

export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
