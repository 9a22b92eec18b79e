/** Finds and reads the scheduler's configuration of a front-end. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInput, NotFound } from '../model/errors.ts'
import { type Policy, readPolicy } from './policy.ts'

/** OpenNebula's configuration folder: below $ONE_LOCATION where it is installed in a folder of its own. */
export function configurationFolder({ ONE_LOCATION: location }: { readonly ONE_LOCATION?: string }): string {
  return location === undefined || location === '' ? '/etc/one' : join(location, 'etc')
}

/**
 * Reads `path`, or the usual file where it is null; one that is not there is empty. What is wrong is told with the file's name:
 * NotFound `file-missing` for a file that was named, InvalidInput `file-unreadable` and those of readPolicy.
 */
export async function loadPolicy(path: string | null, usual: string): Promise<Policy> {
  const file = path ?? usual
  const text = await textOf(file, path === null)
  try {
    const policy = readPolicy(text)
    return { ...policy, warnings: policy.warnings.map((warning) => `${file}: ${warning}`) }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    throw new InvalidInput(error.code, `${file}: ${error.message}`, error.facts, error)
  }
}

async function textOf(file: string, mayBeMissing: boolean): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' && mayBeMissing) return ''
    if (code === 'ENOENT') throw new NotFound('file-missing', `there is no file ${file}`, { file }, error)
    throw new InvalidInput(
      'file-unreadable',
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { file },
      error,
    )
  }
}
