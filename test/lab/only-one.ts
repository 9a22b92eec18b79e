/** One lab at a time in one place: two would share folders. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Throws where another process has the lab; gives it back when this one ends. */
export function onlyOne(home: string): void {
  mkdirSync(home, { recursive: true })
  const file = join(home, 'process')
  const other = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (other > 0 && existsSync(`/proc/${other}`)) throw new Error(`the lab is in use by process ${other}`)
  writeFileSync(file, String(process.pid))
  process.on('exit', () => rmSync(file, { force: true }))
}
