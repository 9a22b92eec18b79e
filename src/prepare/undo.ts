/** Puts every file back as it was before Berth's first change: bytes, mode, owner, absence. All of them or, where one was changed by somebody else, none. */
import { readFileSync, rmdirSync } from 'node:fs'
import { systemErrorCode } from '../../probes/read.ts'
import { Conflict } from '../model/errors.ts'
import type { OnWrite } from './apply.ts'
import type { Command } from './edit.ts'
import { removeFile, removeLeftover, replaceFile, replaceLink, sameState, stateOf } from './file-state.ts'
import { copyFile, type Kept, readManifest, removeStore } from './manifest.ts'
import { below } from './root.ts'

export interface Undone {
  /** Paths that were put back, or removed. */
  readonly restored: readonly string[]
  /** To be run, so that it takes effect. */
  readonly commands: readonly Command[]
}

/**
 * Null = Berth has written nothing here. Conflict `prepare-changed` with the names, before anything is touched, where a file is
 * neither as Berth wrote it nor as it was before. The store stays until `undoDone`: whatever stops this, it can be run again.
 */
export function undo(root: string, onWrite: OnWrite = () => {}): Undone | null {
  const manifest = readManifest(root)
  if (manifest === null) return null
  const foreign = manifest.files.filter((kept) => !isOurs(root, kept))
  if (foreign.length > 0) throw changedSince(root, foreign)
  const restored = restoreFiles(root, manifest.files, onWrite)
  for (const folder of [...manifest.folders].reverse()) removeIfEmpty(below(root, folder))
  const ran = new Set(manifest.undoCommands.map(({ argv }) => argv[0]))
  const again = manifest.commands.filter(({ argv }) => !ran.has(argv[0]))
  return { restored, commands: [...again, ...manifest.undoCommands] }
}

/** Once the commands have run: what they rewrote is put back once more, and the store goes. */
export function undoDone(root: string): void {
  const manifest = readManifest(root)
  if (manifest === null) return
  restoreFiles(root, manifest.files, () => {})
  removeStore(root)
}

function isOurs(root: string, { path, original, ours }: Kept): boolean {
  const now = stateOf(below(root, path))
  return [original, ...ours].some((state) => sameState(state, now))
}

function restoreFiles(root: string, files: readonly Kept[], onWrite: OnWrite): readonly string[] {
  return files.flatMap((kept) => {
    const file = below(root, kept.path)
    removeLeftover(file)
    if (sameState(stateOf(file), kept.original)) return []
    onWrite(kept.path)
    restore(root, kept)
    return kept.path
  })
}

function restore(root: string, { path, original, copy }: Kept): void {
  const file = below(root, path)
  if (original === null) removeFile(file)
  else if (original.kind === 'link') replaceLink(file, original.target)
  else if (copy !== null) replaceFile(file, readFileSync(copyFile(root, copy)), original)
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '')) throw error
  }
}

function changedSince(root: string, files: readonly Kept[]): Conflict {
  const names = files.map(({ path }) => path)
  const ways = files.map(({ path, copy }) =>
    copy === null ? `rm ${below(root, path)}` : `cp -p ${copyFile(root, copy)} ${below(root, path)}`,
  )
  return new Conflict(
    'prepare-changed',
    `changed by somebody else since Berth wrote it: ${names.join(', ')}. Nothing was touched. Save what is new there, put the original back (${ways.join('; ')}), run berth prepare --undo again, then make the change anew.`,
    { paths: names },
  )
}
