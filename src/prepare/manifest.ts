/** What Berth has written on a host, and the originals: kept below /var/lib/berth/prepare, from the first change until it is undone. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { orAbsent } from '../../probes/read.ts'
import { InvalidInput } from '../model/errors.ts'
import type { Command } from './edit.ts'
import {
  makeFolder,
  removeIfEmpty,
  replaceFile,
  type State,
  sameContent,
  sameState,
  stateOf,
} from './file-state.ts'
import { below } from './root.ts'

export const STORE = '/var/lib/berth/prepare'
/** In the store: who is at it. */
export const LOCK = 'lock'

export interface Kept {
  /** The host's path, links followed. */
  readonly path: string
  readonly original: State
  /** Name of the original's copy in the store; null where there was no file. */
  readonly copy: string | null
  /** Every state that Berth has put there, or found there after the commands that it ran. */
  readonly ours: readonly State[]
  /** An --apply found it as somebody else had made it: what is there now is theirs too, and --undo must not lose that. */
  readonly foreign: boolean
}

export interface Manifest {
  readonly schema: 'berth.prepare-manifest/1'
  readonly files: readonly Kept[]
  /** Folders that were made, outermost first. */
  readonly folders: readonly string[]
  /** Run anew when the files are restored. */
  readonly commands: readonly Command[]
  readonly undoCommands: readonly Command[]
  /** Still to be run: they failed, or Berth was stopped. */
  readonly pending: readonly Command[]
}

export const EMPTY: Manifest = {
  schema: 'berth.prepare-manifest/1',
  files: [],
  folders: [],
  commands: [],
  undoCommands: [],
  pending: [],
}

const file = (root: string) => below(root, join(STORE, 'manifest.json'))
export const copyFile = (root: string, name: string): string => below(root, join(STORE, 'originals', name))

/** Null = Berth has written nothing here. InvalidInput `prepare-manifest` where it cannot be understood. */
export function readManifest(root: string): Manifest | null {
  const path = file(root)
  const text = orAbsent(path, () => readFileSync(path, 'utf8'))
  if (text === null) return null
  try {
    const document: unknown = JSON.parse(text)
    if (isManifest(document)) return document
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new InvalidInput(
    'prepare-manifest',
    `${path} is not what this version of berth prepare writes; the originals lie in ${below(root, join(STORE, 'originals'))}`,
    { path },
  )
}

function isManifest(document: unknown): document is Manifest {
  if (typeof document !== 'object' || document === null || !('schema' in document)) return false
  const lists = ['files', 'folders', 'commands', 'undoCommands', 'pending']
  const fields = new Map<string, unknown>(Object.entries(document))
  return document.schema === EMPTY.schema && lists.every((name) => Array.isArray(fields.get(name)))
}

/** Gives the folders that were missing, outermost first. Originals may hold secrets that only root could read. */
export function makeStore(root: string): readonly string[] {
  return [
    ...makeFolder(below(root, dirname(STORE))),
    ...makeFolder(below(root, join(STORE, 'originals')), 0o700),
  ]
}

/** Whether nothing of it is somebody else's: as Berth left it, or, whatever its mode, with the original's content. */
export function isOurs(root: string, { path, original, ours, foreign }: Kept): boolean {
  const now = stateOf(below(root, path))
  return sameContent(original, now) || (!foreign && ours.some((state) => sameState(state, now)))
}

/** On the disk when it returns. */
export function writeManifest(root: string, manifest: Manifest): void {
  makeStore(root)
  replaceFile(file(root), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600, ...owner() })
}

/** Of what this process makes. */
export function owner(): { readonly uid: number; readonly gid: number } {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
}

/** Copies a file of the host into the store, on the disk when it returns; gives the copy's name. */
export function keepOriginal(root: string, path: string): string {
  const name = path.slice(1).replaceAll('%', '%25').replaceAll('/', '%2F')
  makeStore(root)
  replaceFile(copyFile(root, name), readFileSync(below(root, path)), { mode: 0o600, ...owner() })
  return name
}

/** Everything is as it was: nothing is left to be undone. The lock goes last: with it others may begin to write here. */
export function removeStore(root: string): void {
  const store = below(root, STORE)
  const names = readdirSync(store).filter((name) => name !== LOCK)
  for (const name of [...names, LOCK]) rmSync(join(store, name), { recursive: true, force: true })
  removeIfEmpty(store)
}
