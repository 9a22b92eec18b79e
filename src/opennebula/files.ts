/** Changes below a remotes folder: whole files at once, owners kept, and what is not allowed told by its name. */
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BerthError, CommandFailed } from '../model/errors.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** `change(path)`; CommandFailed `remotes-unwritable` with the path where the system refuses to read or change it. */
export function changing<T>(path: string, change: (path: string) => T): T {
  try {
    return change(path)
  } catch (error) {
    if (error instanceof BerthError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const advice = isForbidden(error) ? '; run this as oneadmin, whom the remotes belong to, or as root' : ''
    throw new CommandFailed(
      'remotes-unwritable',
      `${path} cannot be read or changed: ${reason}${advice}`,
      { path },
      error,
    )
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(EACCES|EPERM|EROFS)$/.test(String(error.code))
}

/** The file appears, or is exchanged, as a whole. Until then its name has a dot before it and no one may run it. */
export function replaceFile(path: string, text: string, like: Owner & { readonly mode: number }): void {
  const unfinished = join(dirname(path), `.${basename(path)}.berth-unfinished`)
  changing(path, () => {
    try {
      rmSync(unfinished, { force: true })
      writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' })
      giveTo(unfinished, like)
      chmodSync(unfinished, like.mode)
      renameSync(unfinished, path)
    } finally {
      rmSync(unfinished, { force: true })
    }
  })
}

/** A folder with another's owner and mode, where there is none yet: one of root's would stop OpenNebula's sync. */
export function makeFolderLike(path: string, other: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return
  const like = statSync(other)
  changing(path, () => {
    mkdirSync(path)
    giveTo(path, like)
    chmodSync(path, like.mode & 0o7777)
  })
}

function giveTo(path: string, { uid, gid }: Owner): void {
  const now = statSync(path)
  if (now.uid !== uid || now.gid !== gid) chownSync(path, uid, gid)
}
