/** One --apply or --undo of a host at a time: a file in the store with the id of the process that is at it. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { orAbsent, systemErrorCode } from '../../probes/read.ts'
import { Conflict } from '../model/errors.ts'
import { removeIfEmpty } from './file-state.ts'
import { LOCK, makeStore, STORE } from './manifest.ts'
import { below } from './root.ts'

const lockFile = (root: string): string => below(root, join(STORE, LOCK))

/**
 * Conflict `prepare-busy` while another process has the lock; that of a process that is dead is taken over. `work` is given the
 * store's folders that were missing, outermost first; they go again where it leaves nothing in them.
 */
export async function exclusively<T>(
  root: string,
  work: (madeFolders: readonly string[]) => Promise<T>,
): Promise<T> {
  const made = acquire(root)
  try {
    return await work(made)
  } finally {
    if (holderOf(lockFile(root)) === process.pid) rmSync(lockFile(root))
    for (const folder of [...made].reverse()) removeIfEmpty(folder)
  }
}

const TRIES = 10

function acquire(root: string): readonly string[] {
  const file = lockFile(root)
  const made: string[] = []
  for (let left = TRIES; ; left -= 1) {
    try {
      made.push(...makeStore(root))
      linkWithId(file)
      return made
    } catch (error) {
      const code = systemErrorCode(error)
      // ENOENT: an --undo that ended has just taken the store away.
      if ((code !== 'EEXIST' && code !== 'ENOENT') || left === 0) throw error
      if (code === 'EEXIST') takeOver(file)
    }
  }
}

/** A link appears with its content or not at all: nobody reads a lock that is half written. */
function linkWithId(file: string): void {
  const own = `${file}.${process.pid}`
  try {
    writeFileSync(own, `${process.pid}\n`, { mode: 0o600 })
    linkSync(own, file)
  } finally {
    rmSync(own, { force: true })
  }
}

/** Null = no lock, or one whose content a power failure took. */
function holderOf(file: string): number | null {
  const id = /^([1-9]\d*)\n$/.exec(orAbsent(file, () => readFileSync(file, 'utf8')) ?? '')?.[1]
  return id === undefined ? null : Number(id)
}

function takeOver(file: string): void {
  const holder = holderOf(file)
  if (holder !== null && isAlive(holder))
    throw new Conflict(
      'prepare-busy',
      `process ${holder} is preparing this host (${file}): wait for its end. If that process is no berth prepare, remove the file. Nothing was changed.`,
      { pid: holder, file },
    )
  const aside = `${file}.${process.pid}`
  orAbsent(file, () => {
    renameSync(file, aside)
    // Another may have taken it over meanwhile: then this is theirs.
    if (holderOf(aside) !== holder) linkSync(aside, file)
    rmSync(aside)
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}
