/** Where things are: the sources, and `.lab/` beside them, which git ignores and which holds all that the lab makes. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Places } from './machine.ts'

/** Found by its package.json, as a bundle of these files (shell.mjs) lies in another folder than they do. */
export const ROOT = rootAbove(import.meta.dirname)
export const CACHE = process.env.LAB_CACHE ?? join(ROOT, '.lab')

export const PLACES: Places = {
  run: join(CACHE, 'run'),
  share: join(CACHE, 'share'),
  out: join(CACHE, 'out'),
}

export const MONITOR = join(PLACES.run, 'monitor')

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootAbove(dirname(folder))
}
