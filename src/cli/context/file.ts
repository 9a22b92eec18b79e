/** The file of contexts: `berth/contexts.json` in the user's configuration folder. It holds tokens: nobody else may read it. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Forbidden, InvalidInput } from '../../model/errors.ts'
import type { Context, Contexts } from './contexts.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** XDG Base Directory Specification: a relative XDG_CONFIG_HOME is ignored. */
export function contextsPath(environment: Environment): string {
  const { XDG_CONFIG_HOME: home } = environment
  return join(
    home?.startsWith('/') ? home : join(environment.HOME ?? homedir(), '.config'),
    'berth',
    'contexts.json',
  )
}

const NONE: Contexts = { current: null, contexts: new Map() }

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

/** Forbidden `file-readable-by-others`, where the file holds a secret and others may read it (or change it). */
export function requirePrivate(path: string, forbidden: number): void {
  const found = statSync(path)
  const mode = found.mode & 0o777
  // A pipe (`<(pass show berth)`) has a mode that says nothing.
  if (!found.isFile() || (mode & forbidden) === 0) return
  throw new Forbidden(
    'file-readable-by-others',
    `${path} holds secrets, and others may read or change it (mode ${mode.toString(8).padStart(4, '0')}); it is not used before: chmod 600 ${path}`,
    { file: path, mode },
  )
}

/** None where there is no file. Forbidden `file-readable-by-others`; InvalidInput `contexts-invalid`. */
export function readContexts(path: string): Contexts {
  let text: string
  try {
    requirePrivate(path, 0o077)
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return NONE
    throw error
  }
  return parse(path, text)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(path: string, text: string): Contexts {
  const document = json(path, text)
  if (!isRecord(document) || !isRecord(document.contexts)) throw invalid(path, 'it has no contexts')
  const contexts = new Map(
    Object.entries(document.contexts).map(([name, value]) => [name, contextOf(path, name, value)]),
  )
  const current = document.current ?? null
  if (current !== null && (typeof current !== 'string' || !contexts.has(current)))
    throw invalid(path, 'the one in use is not among its contexts')
  return { current, contexts }
}

function json(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(path, 'it is no JSON document', error)
  }
}

function contextOf(path: string, name: string, value: unknown): Context {
  const { server, fingerprint, token } = isRecord(value) ? value : {}
  const pinned = fingerprint ?? null
  if (
    typeof server !== 'string' ||
    typeof token !== 'string' ||
    (pinned !== null && typeof pinned !== 'string')
  )
    throw invalid(path, `context ${name} lacks its server or its token`)
  return { server, fingerprint: pinned, token }
}

function invalid(path: string, why: string, cause?: unknown): InvalidInput {
  const remedy = '; mend it, or remove the file and add the contexts anew'
  return new InvalidInput(
    'contexts-invalid',
    `${path} cannot be used: ${why}${remedy}`,
    { file: path },
    cause,
  )
}

/** Whole or not at all; a link to a file elsewhere stays one. */
export function writeContexts(path: string, { current, contexts }: Contexts): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const target = real(path)
  const text = `${JSON.stringify({ current, contexts: Object.fromEntries(contexts) }, null, 2)}\n`
  const draft = `${target}.${randomBytes(6).toString('hex')}`
  try {
    const file = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function real(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isAbsent(error)) return path
    throw error
  }
}
