/** Where things are: the sources, and `.lab/` beside them, which git ignores and which holds all that the lab makes. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Places } from './machine.ts'

/** Found by its package.json, as a bundle of these files (shell.mjs) lies in another folder than they do. */
export const ROOT = rootAbove(import.meta.dirname)
export const CACHE = process.env.LAB_CACHE ?? join(ROOT, '.lab')

/** What belongs to one host; several share what was built, each under its own name. */
export const HOME = process.env.LAB_HOST ? join(CACHE, 'hosts', process.env.LAB_HOST) : CACHE

export const PLACES: Places = {
  run: join(HOME, 'run'),
  share: join(HOME, 'share'),
  out: join(HOME, 'out'),
}

/** Of a further host of the same run: what it reads is the same. */
export function placesBeside(name: string): Places {
  const home = join(HOME, 'beside', name)
  return { run: join(home, 'run'), share: PLACES.share, out: join(home, 'out') }
}

export const monitorOf = (places: Places): string => join(places.run, 'monitor')

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(dirname(folder))
}
