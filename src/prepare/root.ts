/** Paths of a host whose root may be a folder of this machine: links are followed inside it, never out of it. */
import { lstatSync, readlinkSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { orAbsent, systemErrorCode } from '../../probes/read.ts'
import { Conflict, NotFound } from '../model/errors.ts'

/** Where a path of the host is found on this machine, links as they are. */
export function below(root: string, path: string): string {
  return root === '/' ? path : join(root, path)
}

/** NotFound `no-root`: of a host that is not there nothing can be said. */
export function requireFolder(root: string): void {
  if (orAbsent(root, () => statSync(root))?.isDirectory() !== true)
    throw new NotFound('no-root', `there is no folder ${root} to look into`, { root })
}

const MAX_LINKS = 40

/**
 * The host's path with all links on the way followed, the last part's too; parts that do not exist stay as written.
 * Conflict `prepare-links` for a ring of links.
 */
export function followed(root: string, path: string, links = 0): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  let done = '/'
  for (const [index, part] of parts.entries()) {
    if (part === '..') {
      done = dirname(done)
      continue
    }
    const here = join(done, part)
    const target = linkTarget(below(root, here))
    if (target === null) {
      done = here
      continue
    }
    if (links >= MAX_LINKS)
      throw new Conflict('prepare-links', `${path}: its links lead nowhere but to each other`, { path })
    const rest = parts.slice(index + 1).join('/')
    return followed(root, `${target.startsWith('/') ? target : join(done, target)}/${rest}`, links + 1)
  }
  return done
}

/** Null = no link, or nothing there. */
export function linkTarget(file: string): string | null {
  try {
    return lstatSync(file).isSymbolicLink() ? readlinkSync(file) : null
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return null
    throw error
  }
}
