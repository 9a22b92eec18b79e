/** Files that people name on the command line: read as UTF-8 text, and what is wrong with one told by its name. */
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { InvalidInput, NotFound } from '../model/errors.ts'

const WORDS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of its path is a file',
  ENAMETOOLONG: 'the name is too long',
}

/**
 * The text of a file, `-` = standard input; a byte order mark is left out. NotFound `file-missing`; InvalidInput
 * `file-unreadable`, also for bytes that are no UTF-8.
 */
export async function readTextFile(path: string): Promise<string> {
  const bytes = await readBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw unreadable(path, 'it is no text in UTF-8', error)
  }
}

async function readBytes(path: string): Promise<Buffer> {
  if (path === '-') return buffer(process.stdin)
  try {
    return await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT')
      throw new NotFound('file-missing', `there is no file ${path}`, { file: path }, error)
    throw unreadable(path, WORDS[code] ?? (error instanceof Error ? error.message : String(error)), error)
  }
}

function unreadable(path: string, why: string, cause: unknown): InvalidInput {
  const name = path === '-' ? 'standard input' : path
  return new InvalidInput('file-unreadable', `${name} cannot be read: ${why}`, { file: path }, cause)
}
