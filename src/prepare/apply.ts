/** Writes a plan's files: first the originals and a manifest, then file by file, each in one step. After a crash at any point it can be undone. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Conflict } from '../model/errors.ts'
import type { Command, Edit, Plan } from './edit.ts'
import {
  type Attributes,
  makeFolder,
  missingFolders,
  replaceFile,
  replaceLink,
  type State,
  sha256Of,
  stateOf,
} from './file-state.ts'
import { EMPTY, isOurs, type Kept, keepOriginal, owner, readManifest, writeManifest } from './manifest.ts'
import { below, followed } from './root.ts'

/** Called before each change of a host's file. */
export type OnWrite = (path: string) => void

interface Target {
  readonly edit: Edit
  /** The host's path, links followed (of a link to be made: those above it). */
  readonly path: string
  readonly state: State
}

/**
 * Conflict `prepare-changed`, before anything is written, where a file is not as the plan found it. `run` = the commands will be
 * run: they are noted as pending until `commandsDone`. `madeFolders`, for the
 * store, are noted for `undo`. Gives the files that somebody else has changed since Berth wrote them:
 * at these `undo` stops from now on.
 */
export function applyEdits(
  root: string,
  plan: Plan,
  run: boolean,
  onWrite: OnWrite = () => {},
  madeFolders: readonly string[] = [],
): readonly string[] {
  if (plan.edits.length === 0 && !run) return []
  const targets = plan.edits.map((edit) => targetOf(root, edit))
  for (const target of targets) requireUnchanged(root, target)
  const before = readManifest(root) ?? EMPTY
  const known = before.files.map((kept) => ({ ...kept, foreign: !isOurs(root, kept) }))
  const folders = new Set(targets.flatMap(({ path }) => missingFolders(dirname(below(root, path)))))
  writeManifest(root, {
    ...before,
    files: targets.reduce<readonly Kept[]>((files, target) => withFile(root, files, target), known),
    folders: [...before.folders, ...[...madeFolders, ...folders].map((folder) => hostPath(root, folder))],
    commands: merged(before.commands, plan.commands),
    undoCommands: merged(before.undoCommands, plan.undoCommands),
    pending: run ? merged(before.pending, plan.commands) : before.pending,
  })
  for (const target of targets) {
    onWrite(target.path)
    requireUnchanged(root, target)
    write(root, target)
  }
  return known.filter(({ foreign }) => foreign).map(({ path }) => path)
}

/** What the commands made of the files is Berth's doing too. */
export function commandsDone(root: string, pending: readonly Command[]): void {
  const manifest = readManifest(root)
  if (manifest === null) return
  const files = manifest.files.map((kept) => withState(kept, stateOf(below(root, kept.path))))
  writeManifest(root, { ...manifest, files, pending })
}

function targetOf(root: string, edit: Edit): Target {
  const path =
    edit.kind === 'file'
      ? followed(root, edit.path)
      : join(followed(root, dirname(edit.path)), basename(edit.path))
  return { edit, path, state: stateOf(below(root, path)) }
}

function requireUnchanged(root: string, { edit, path }: Target): void {
  const file = below(root, path)
  const state = stateOf(file)
  const same =
    edit.kind === 'link'
      ? (state === null && edit.before === null) || (state?.kind === 'link' && state.target === edit.before)
      : (state === null && edit.before === null) ||
        (state?.kind === 'file' &&
          readFileSync(file).equals(Buffer.from(edit.before ?? '')) &&
          edit.before !== null)
  if (same) return
  throw new Conflict(
    'prepare-changed',
    `${edit.path} has changed since the plan was made: run the same command again to see what it is now. Files that were written before it stay; berth prepare --undo takes them back.`,
    { path: edit.path },
  )
}

/** The original is what was there before Berth's first change. */
function withFile(root: string, files: readonly Kept[], target: Target): readonly Kept[] {
  const { path, state } = target
  const known = files.find((kept) => kept.path === path)
  const kept = known ?? {
    ...{ path, original: state, ours: [], foreign: false },
    copy: state?.kind === 'file' ? keepOriginal(root, path) : null,
  }
  return [...files.filter((other) => other !== known), withState(kept, stateAfter(target))]
}

/** The latest last; the original is none of ours, nor is what has somebody else's change in it. */
function withState(kept: Kept, state: State): Kept {
  const key = JSON.stringify(state)
  if (kept.foreign || key === JSON.stringify(kept.original)) return kept
  return { ...kept, ours: [...kept.ours.filter((other) => JSON.stringify(other) !== key), state] }
}

function stateAfter(target: Target): State {
  const { edit } = target
  return edit.kind === 'link'
    ? { kind: 'link', target: edit.after }
    : { kind: 'file', sha256: sha256Of(edit.after), ...attributesOf(target) }
}

function attributesOf({ edit, state }: Target): Attributes {
  if (state?.kind === 'file') return { mode: state.mode, uid: state.uid, gid: state.gid }
  const mode = edit.kind === 'file' ? edit.mode : 0o644
  return { mode, ...owner() }
}

function write(root: string, target: Target): void {
  const { edit, path } = target
  const file = below(root, path)
  makeFolder(dirname(file))
  if (edit.kind === 'link') replaceLink(file, edit.after)
  else replaceFile(file, edit.after, attributesOf(target))
}

const hostPath = (root: string, file: string): string =>
  root === '/' ? file : file.slice(below(root, '/').length - 1)

/** Each command once, at its latest place. */
function merged(before: readonly Command[], now: readonly Command[]): readonly Command[] {
  const key = ({ argv }: Command) => argv.join('\0')
  const added = new Set(now.map(key))
  return [...before.filter((command) => !added.has(key(command))), ...now]
}
