/** What is at a path of the host, and how it is replaced in one step: temporary file beside it, then rename. */
import { createHash } from 'node:crypto'
import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode } from '../../probes/read.ts'
import { Conflict } from '../model/errors.ts'

export interface FileState {
  readonly kind: 'file'
  readonly sha256: string
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

export interface LinkState {
  readonly kind: 'link'
  readonly target: string
}

/** Null = nothing is there. */
export type State = FileState | LinkState | null

export function sha256Of(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Of the path itself: links are not followed. Conflict `prepare-not-a-file` for a folder or device. */
export function stateOf(file: string): State {
  try {
    const stat = lstatSync(file)
    if (stat.isSymbolicLink()) return { kind: 'link', target: readlinkSync(file) }
    if (!stat.isFile())
      throw new Conflict('prepare-not-a-file', `${file} is neither a file nor a link`, { file })
    const { mode, uid, gid } = stat
    return { kind: 'file', sha256: sha256Of(readFileSync(file)), mode: mode & 0o7777, uid, gid }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return null
    throw error
  }
}

export function sameState(a: State, b: State): boolean {
  if (a === null || b === null) return a === b
  if (a.kind === 'link') return b.kind === 'link' && a.target === b.target
  return b.kind === 'file' && a.sha256 === b.sha256 && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid
}

/** The same but for mode and owner. */
export function sameContent(a: State, b: State): boolean {
  return a?.kind === 'file' && b?.kind === 'file' ? a.sha256 === b.sha256 : sameState(a, b)
}

export type Attributes = Pick<FileState, 'mode' | 'uid' | 'gid'>

/** Where a crash may leave a file behind; the next run removes it. */
const temporary = (file: string): string => join(dirname(file), `.${basename(file)}.berth-new`)

/** The folder must be there. `attributes.uid` and `gid` are set where they are not this process's own. */
export function replaceFile(file: string, content: Buffer | string, attributes: Attributes): void {
  const beside = temporary(file)
  rmSync(beside, { force: true })
  const handle = openSync(beside, 'wx', 0o600)
  try {
    writeFileSync(handle, content)
    const made = lstatSync(beside)
    const { uid, gid, mode } = attributes
    if (made.uid !== uid || made.gid !== gid) chownSync(beside, uid, gid)
    fchmodSync(handle, mode)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(beside, file)
  syncFolder(dirname(file))
}

export function replaceLink(file: string, target: string): void {
  const beside = temporary(file)
  rmSync(beside, { force: true })
  symlinkSync(target, beside)
  renameSync(beside, file)
  syncFolder(dirname(file))
}

export function removeFile(file: string): void {
  rmSync(file, { force: true })
  removeLeftover(file)
}

export function removeLeftover(file: string): void {
  rmSync(temporary(file), { force: true })
}

/** So that the new name is there after a power failure too. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Makes the folder and those above it; gives the ones that were missing, outermost first. */
export function makeFolder(folder: string, mode = 0o777): readonly string[] {
  const missing = missingFolders(folder)
  mkdirSync(folder, { recursive: true, mode })
  return missing
}

export function missingFolders(folder: string): readonly string[] {
  try {
    lstatSync(folder)
    return []
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error
    return [...missingFolders(dirname(folder)), folder]
  }
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '')) throw error
  }
}
