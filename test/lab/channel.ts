/** Runs scripts on the lab host: files in a folder that both sides see (host/start.sh is the other end). */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Result {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

const POLL_MS = 100

/** Runs a bash script to its end. Rejects after `timeoutMs` with what it has printed until then; the script goes on. */
export async function runScript(out: string, script: string, timeoutMs: number): Promise<Result> {
  const name = put(out, 'todo', script)
  const result = () => ({ stdout: read(`${name}.stdout`), stderr: read(`${name}.stderr`) })
  for (const end = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
    if (existsSync(`${name}.done`)) return { status: Number(read(`${name}.done`)), ...result() }
    if (Date.now() < end) continue
    const { stdout, stderr } = result()
    throw new Error(`not done after ${timeoutMs / 1000} s:\n${script}\nso far:\n${stdout}${stderr}`)
  }
}

/** Runs command lines of berth, one after the other (host/berth-many.mjs is the other end). Rejects after `timeoutMs`. */
export async function runBerth(
  out: string,
  commands: readonly (readonly string[])[],
  timeoutMs: number,
): Promise<readonly Result[]> {
  const name = put(out, 'berth', JSON.stringify(commands))
  for (const end = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
    if (existsSync(`${name}.results`)) return JSON.parse(read(`${name}.results`))
    if (Date.now() > end) throw new Error(`not done after ${timeoutMs / 1000} s: ${JSON.stringify(commands)}`)
  }
}

/** Gives the path without its extension; the file appears whole. */
function put(out: string, extension: string, content: string): string {
  const name = join(out, 'commands', `${Date.now()}-${process.hrtime.bigint()}`)
  writeFileSync(`${name}.new`, content)
  renameSync(`${name}.new`, `${name}.${extension}`)
  return name
}

/** The host's boot, as the kernel numbers it; null while it is not up. */
export function currentBoot(out: string): string | null {
  return read(join(out, 'commands/boot')).trim() || null
}

const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')
