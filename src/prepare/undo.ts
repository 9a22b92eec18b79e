/** Puts every file back as it was before Berth's first change: bytes, mode, owner, absence. All of them or, where one was changed by somebody else, none. */
import { readFileSync } from 'node:fs'
import { Conflict } from '../model/errors.ts'
import type { OnWrite } from './apply.ts'
import type { Command } from './edit.ts'
import {
  removeFile,
  removeIfEmpty,
  removeLeftover,
  replaceFile,
  replaceLink,
  sameState,
  stateOf,
} from './file-state.ts'
import {
  copyFile,
  isOurs,
  type Kept,
  type Manifest,
  readManifest,
  removeStore,
  writeManifest,
} from './manifest.ts'
import { commandLine } from './output.ts'
import { below } from './root.ts'

export interface Restored {
  readonly path: string
  /** There was none before. */
  readonly removed: boolean
}

export interface Undone {
  readonly restored: readonly Restored[]
  /** To be run, so that it takes effect. */
  readonly commands: readonly Command[]
}

/**
 * Null = Berth has written nothing here. Conflict `prepare-changed` with the names, before anything is touched, where a file is
 * not Berth's alone (`isOurs`). The store stays until `undoDone`: whatever stops this, it can be run again.
 */
export function undo(root: string, onWrite: OnWrite = () => {}): Undone | null {
  const manifest = readManifest(root)
  if (manifest === null) return null
  const foreign = manifest.files.filter((kept) => !isOurs(root, kept))
  if (foreign.length > 0) throw changedSince(root, foreign)
  // What the commands make of them from here on is Berth's doing.
  writeManifest(root, { ...manifest, files: manifest.files.map((kept) => ({ ...kept, foreign: false })) })
  const restored = restoreFiles(root, manifest.files, onWrite)
  removeFolders(root, manifest)
  const ran = new Set(manifest.undoCommands.map(({ argv }) => argv[0]))
  const again = manifest.commands.filter(({ argv }) => !ran.has(argv[0]))
  return { restored, commands: [...again, ...manifest.undoCommands] }
}

/** Once the commands have run: what they rewrote is put back once more, and the store goes, with the folders that were made for it. */
export function undoDone(root: string): void {
  const manifest = readManifest(root)
  if (manifest === null) return
  restoreFiles(root, manifest.files, () => {})
  removeStore(root)
  removeFolders(root, manifest)
}

/** Others may have put files there: then they stay. */
function removeFolders(root: string, { folders }: Manifest): void {
  for (const folder of [...folders].reverse()) removeIfEmpty(below(root, folder))
}

function restoreFiles(root: string, files: readonly Kept[], onWrite: OnWrite): readonly Restored[] {
  return files.flatMap((kept) => {
    const file = below(root, kept.path)
    removeLeftover(file)
    if (sameState(stateOf(file), kept.original)) return []
    onWrite(kept.path)
    restore(root, kept)
    return { path: kept.path, removed: kept.original === null }
  })
}

function restore(root: string, { path, original, copy }: Kept): void {
  const file = below(root, path)
  if (original === null) removeFile(file)
  else if (original.kind === 'link') replaceLink(file, original.target)
  else if (copy !== null) replaceFile(file, readFileSync(copyFile(root, copy)), original)
}

function changedSince(root: string, files: readonly Kept[]): Conflict {
  const names = files.map(({ path }) => path)
  const ways = files.map((kept) => `  ${commandLine({ argv: wayBack(root, kept), why: '' })}\n`)
  return new Conflict(
    'prepare-changed',
    `changed by somebody else since Berth wrote it: ${names.join(', ')}. Nothing was touched. Save what is new there, put the original back:\n${ways.join('')}run berth prepare --undo again, then make the change anew.`,
    { paths: names },
  )
}

/** Makes the content that of the original; `undo` then sets mode and owner. What is there may be a link, which cp would write through. */
function wayBack(root: string, { path, original, copy }: Kept): readonly string[] {
  const file = below(root, path)
  if (original?.kind === 'link') return ['ln', '-sfn', original.target, file]
  return copy === null ? ['rm', file] : ['cp', '--remove-destination', copyFile(root, copy), file]
}
